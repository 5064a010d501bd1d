/** One job: its graph, how long its runs take, what starts it. */

import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import type { Graph } from "../../graph/types.ts";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { CodeLink } from "../../parts/code_link.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Failure, Panel, Skeleton } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { Why } from "../../parts/why/why.tsx";
import { useParam } from "../../parts/url.ts";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { Status } from "../../state/status.tsx";
import { duration } from "../../text/time.ts";
import { pageOf } from "../automation/place.ts";
import { jobAddress } from "../jobs/marks.ts";
import { Trend } from "./trend.tsx";
import "../launchpad/launchpad.css"; // shared, so that it lies in one file with others: ten requests bring a first page
import "./job.css";

type Detail = Schemas["JobDetail"];

const GraphView = lazy(async () => ({ default: (await import("../../graph/graph_view.tsx")).GraphView }));
const GraphList = lazy(async () => ({ default: (await import("../../graph/graph_list.tsx")).GraphList }));
const BackfillDialog = lazy(async () => ({ default: (await import("../backfills/backfill_dialog.tsx")).BackfillDialog }));

const TABS = [
  { id: "overview", title: "Overview" },
  { id: "graph", title: "Graph" },
  { id: "why", title: "Why" },
];

export default function JobScreen() {
  const params = useParams<{ location: string; name: string }>();
  const location = decodeURIComponent(params.location ?? "");
  const name = decodeURIComponent(params.name ?? "");
  const answer = useAnswer(
    "/api/jobs/{location}/{name}",
    { path: { location, name } },
    { topics: ["runs", "locations", "automations"] },
  );
  const [tab, setTab] = useParam("tab", "overview");
  const [isAsking, setAsking] = useState(false);
  const whyNot = useWhyNot("operator");
  const job = answer.data;
  const [, go] = useLocation();
  useActions([
    { title: `why did job ${name} run, or not`, act: () => setTab("why") },
    { title: `launch job ${name}`, act: () => go(`${jobAddress({ location, name })}/launch`) },
    ...(job?.partitions ? [{ title: `backfill job ${name}`, why: whyNot, act: () => setAsking(true) }] : []),
  ]);
  if (job === undefined && answer.error !== null) {
    return (
      <Page title={name}>
        <Failure problem={answer.error} retry={answer.refetch} />
        <p>
          <Link href="/jobs">All jobs</Link>
        </p>
      </Page>
    );
  }
  return (
    <Page
      title={name}
      heading={<Name text={name} most={80} />}
      actions={
        <>
          {job?.partitions && (
            <Button why={whyNot} onPress={() => setAsking(true)}>
              Backfill
            </Button>
          )}
          <ButtonLink kind="primary" to={`${jobAddress({ location, name })}/launch`}>
            Launch
          </ButtonLink>
        </>
      }
    >
      <Tabs tabs={TABS} current={tab} label="parts of the page" />
      {tab === "why" ? (
        <Why about={{ kind: "job", location, name }} />
      ) : tab === "graph" ? (
        <Panel answer={answer} rows={5}>
          {(data) => <JobGraph job={data} />}
        </Panel>
      ) : (
        <>
          <Panel answer={answer} rows={3}>
            {(data) => <About job={data} />}
          </Panel>
          <Panel title="Runs" answer={answer} rows={4} actions={<Link href={`/runs?q=${encodeURIComponent(`job:${quoted(name)}`)}`}>All its runs</Link>}>
            {(data) => <Trend marks={data.trend} low={data.usual_low} high={data.usual_high} />}
          </Panel>
          <Panel title="Started by" answer={answer} rows={2}>
            {(data) => <Starters job={data} />}
          </Panel>
        </>
      )}
      {isAsking && (
        <Suspense fallback={null}>
          <BackfillDialog location={location} job={name} partitions="" onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </Page>
  );
}

function quoted(text: string): string {
  return /[\s",:]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text;
}

function About({ job }: { job: Detail }) {
  const tags = Object.entries(job.tags);
  return (
    <>
      {job.description && <p className="job-about">{job.description}</p>}
      <Facts
        items={[
          ["location", <Name key="location" text={job.location} />],
          ["code", job.code_place !== null && <CodeLink key="code" place={job.code_place} />],
          ["owner", job.owners.length > 0 && <Name key="owner" text={job.owners.join(", ")} />],
          ["next", job.next_at && <span key="next"><When at={job.next_at} /> by <Name text={job.next_by ?? ""} /></span>],
          ["usually", job.usual_seconds !== null && job.usual_seconds !== undefined && duration(job.usual_seconds)],
          ["partitions", job.partitions && <Name key="partitions" text={job.partitions} most={80} />],
          ["assets", job.assets.length > 0 && <Name key="assets" text={job.assets.slice(0, 6).join(", ") + (job.assets.length > 6 ? ` and ${job.assets.length - 6} more` : "")} most={120} />],
          ["tags", tags.length > 0 && <Name key="tags" text={tags.map(([key, value]) => `${key}=${value}`).join(", ")} most={120} />],
        ]}
      />
    </>
  );
}

function Starters({ job }: { job: Detail }) {
  if (job.starters.length === 0) return <p className="soft">No schedule or sensor names this job; people and other code may launch it.</p>;
  return (
    <div className="job-starters" role="region" tabIndex={0} aria-label="what starts it">
      <table>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Name</th>
            <th scope="col">When</th>
            <th scope="col">Last</th>
            <th scope="col">Next</th>
          </tr>
        </thead>
        <tbody>
          {job.starters.map((each) => (
            <tr key={`${each.kind} ${each.name}`}>
              <td>
                <Status state={each.is_on ? "done" : "never"} word={each.is_on ? "on" : "off"} />
              </td>
              <td>
                {each.kind === "SCHEDULE" ? "schedule " : "sensor "}
                <Link href={pageOf({ kind: each.kind === "SCHEDULE" ? "schedule" : "sensor", location: job.location, name: each.name })}>
                  <Name text={each.name} />
                </Link>
              </td>
              <td>{each.when}</td>
              <td>
                <When at={each.last_at} />
              </td>
              <td>
                <When at={each.next_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function JobGraph({ job }: { job: Detail }) {
  const [current, setCurrent] = useParam("step", "", true);
  const [isListed, setListed] = useState(false);
  const graph = useMemo(() => graphOf(job.nodes), [job.nodes]);
  if (job.nodes.length === 0) return <p className="soft">It has no steps.</p>;
  return (
    <Suspense fallback={<Skeleton rows={5} />}>
      <div className="job-graph">
        <GraphView
          graph={graph}
          label={`graph of ${job.name}`}
          current={current || null}
          setCurrent={(id) => setCurrent(id ?? "")}
          open={setCurrent}
          file={`${job.name}-graph`}
        />
      </div>
      <details className="job-list" onToggle={(event) => setListed(event.currentTarget.open)}>
        <summary>As a list</summary>
        {isListed && <GraphList graph={graph} label={`steps of ${job.name}`} />}
      </details>
    </Suspense>
  );
}

/** Ops as nodes; what lies in a nested graph has its name as a note. */
function graphOf(nodes: Detail["nodes"]): Graph {
  return {
    nodes: nodes.map((node) => {
      const at = node.key.lastIndexOf(".");
      return { id: node.key, label: node.key.slice(at + 1), state: "never" as const, ...(at < 0 ? {} : { note: node.key.slice(0, at) }) };
    }),
    edges: nodes.flatMap((node) => node.upstream.map((from) => ({ from, to: node.key }))),
  };
}
