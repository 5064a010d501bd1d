/** The first page: what needs attention, what ran, and what is to run. */

import { useSearchParams } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { Page } from "../../parts/page.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Attention } from "./attention.tsx";
import { FirstSteps } from "./first_steps.tsx";
import { Timeline } from "./timeline.tsx";
import "./home.css";

const LANES = ["job", "group", "automation"] as const;
const TOPICS = ["attention", "runs", "locations"];

export default function Home() {
  const [params, change] = useSearchParams();
  const hours = params.get("hours");
  const end = params.get("end");
  const lanes = LANES.find((each) => each === params.get("lanes"));
  const query = {
    ...(hours && { hours: Number(hours) }),
    ...(end && { end }),
    ...(lanes && { lanes }),
    ...(params.get("all") === "yes" && { lanes_max: 1_000 }),
  };
  const answer = useAnswer("/api/home", { query }, { topics: TOPICS, keepsBefore: true });
  const show = (length: number, until: string) =>
    change((before) => {
      const after = new URLSearchParams(before);
      after.set("hours", String(length));
      if (until) after.set("end", until);
      else after.delete("end");
      return after;
    });
  return (
    <Page title="Home">
      <Panel answer={answer} rows={8}>
        {({ attention, timeline }) => {
          const isNew = !attention.has_runs && timeline.next_at === null;
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
