/** Launching a job: its config as a form and as YAML, checked while it is written. */

import { useParams, useSearch } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Panel } from "../../parts/panel.tsx";
import { readRequest } from "./request.ts";
import { Workbench } from "./workbench.tsx";
import "./launchpad.css";

export default function Launchpad() {
  const params = useParams<{ location: string; name: string }>();
  const location = decodeURIComponent(params.location ?? "");
  const name = decodeURIComponent(params.name ?? "");
  const search = new URLSearchParams(useSearch());
  const run = search.get("run");
  const partition = search.get("partition");
  const request = readRequest(search.get("draft"));
  const answer = useAnswer(
    "/api/jobs/{location}/{name}/launch",
    { path: { location, name }, query: { ...(run === null ? {} : { run }), ...(partition === null ? {} : { partition }) } },
    { topics: ["locations"], keepsBefore: true },
  );
  return (
    <Page title={`Launch ${name}`} heading={<>Launch <Name text={name} most={60} /></>}>
      <Panel answer={answer} rows={10}>
        {(facts) => <Workbench key={`${run ?? ""} ${partition ?? ""}`} location={location} job={name} facts={facts} request={request} isFromRun={run !== null || partition !== null} />}
      </Panel>
    </Page>
  );
}
