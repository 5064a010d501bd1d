/** The first page: what needs attention, what ran, and what is to run. */

import { useAnswer } from "../../api/hooks.ts";
import { Page } from "../../parts/page.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { Attention } from "./attention.tsx";
import { FirstSteps } from "./first_steps.tsx";
import { Timeline } from "./timeline.tsx";
import "./home.css";

const TOPICS = ["attention", "runs", "locations"];

export default function Home() {
  const [hours, setHours] = useParam("hours");
  const [end, setEnd] = useParam("end");
  const query = { ...(hours && { hours: Number(hours) }), ...(end && { end }) };
  const answer = useAnswer("/api/home", { query }, { topics: TOPICS, keepsBefore: true });
  const show = (length: number, until: string) => {
    setHours(String(length));
    setEnd(until);
  };
  return (
    <Page title="Home">
      <Panel answer={answer} rows={8}>
        {({ attention, timeline }) => {
          const isNew = !attention.has_code && !attention.has_runs;
          return (
            <>
              <Attention attention={attention} />
              {isNew ? <FirstSteps /> : <Timeline timeline={timeline} onWindow={show} />}
            </>
          );
        }}
      </Panel>
    </Page>
  );
}
