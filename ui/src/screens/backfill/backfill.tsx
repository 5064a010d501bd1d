/** One backfill: how far it is, the grid of what it makes, what went wrong, and what can be done about it. */

import { Link, useParams } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Facts } from "../../parts/facts.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Failure, Panel } from "../../parts/panel.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";
import { Progress } from "../backfills/progress.tsx";
import { badOf, countOf, isOver, lookOfBackfill, nameOf } from "../backfills/states.ts";
import { BackfillActions } from "./actions.tsx";
import { Failures } from "./failures.tsx";
import { GridPanel } from "./grid_panel.tsx";
import { Parts } from "./parts_list.tsx";
import "./backfill.css";

type Detail = Schemas["BackfillDetail"];

export default function BackfillScreen() {
  const { id = "" } = useParams<{ id: string }>();
  const backfillId = decodeURIComponent(id);
  const [tab] = useParam("tab", "grid");
  const topics = [`backfill:${backfillId}`, "backfills"];
  const answer = useAnswer("/api/backfills/{backfill_id}", { path: { backfill_id: backfillId } }, { topics });
  const { data } = answer;
  if (data === undefined && answer.error !== null) {
    return (
      <Page title={`Backfill ${backfillId}`}>
        <Failure problem={answer.error} retry={answer.refetch} />
        <p>
          <Link href="/backfills">All backfills</Link>
        </p>
      </Page>
    );
  }
  const tabs = [
    { id: "grid", title: "Grid" },
    { id: "failures", title: "Failures", count: data && countOf(data, "FAILED"), isBad: true },
    { id: "parts", title: "Runs", count: data?.total },
    { id: "about", title: "About" },
  ];
  return (
    <Page
      title={data === undefined ? `Backfill ${backfillId}` : nameOf(data)}
      heading={data === undefined ? undefined : <Name text={nameOf(data)} most={80} />}
      actions={data && <BackfillActions backfill={data} />}
      isFilling
    >
      <Panel answer={answer} rows={2}>
        {(backfill) => <Head backfill={backfill} />}
      </Panel>
      <Tabs tabs={tabs} current={tab} label="parts of the page" />
      {tab === "failures" && <Panel answer={answer}>{(backfill) => <Failures backfill={backfill} />}</Panel>}
      {tab === "parts" && <Parts backfillId={backfillId} topics={topics} />}
      {tab === "about" && <Panel answer={answer}>{(backfill) => <About backfill={backfill} />}</Panel>}
      {tab === "grid" && <GridPanel backfillId={backfillId} topics={topics} />}
    </Page>
  );
}

function Head({ backfill }: { backfill: Detail }) {
  const look = lookOfBackfill(backfill.status);
  const bad = badOf(backfill);
  return (
    <div className="backfill-head">
      <p className="backfill-line">
        <Status state={look.state} word={look.word} />
        <Ident id={backfill.backfill_id} />
        <span className="backfill-bar">
          <Progress row={backfill} />
        </span>
        {bad > 0 && <span className="backfill-bad">{count(bad)} not well</span>}
        <span>{paceWords(backfill)}</span>
      </p>
      {backfill.note && <p className="backfill-note">{backfill.note}</p>}
    </div>
  );
}

function paceWords(backfill: Detail) {
  if (isOver(backfill.status)) {
    if (!backfill.ended_at) return null;
    const seconds = (Date.parse(backfill.ended_at) - Date.parse(backfill.created_at)) / 1000;
    return (
      <>
        ended <When at={backfill.ended_at} />, after {duration(seconds)}
      </>
    );
  }
  const rate = backfill.runs_per_hour;
  const left = countOf(backfill, "WAITING", "RUNNING");
  return (
    <>
      {counted(left, "run")} to go
      {rate ? `, ${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} an hour` : ", none ended in the last hour"}
      {backfill.ends_at && (
        <>
          , ends about <When at={backfill.ends_at} />
        </>
      )}
    </>
  );
}

function About({ backfill }: { backfill: Detail }) {
  const tags = Object.entries(backfill.tags);
  return (
    <>
      <Facts
        items={[
          ["asked", backfill.asked],
          ["reason", backfill.description],
          ["by", backfill.created_by && <Name key="by" text={backfill.created_by} />],
          ["created", <When key="at" at={backfill.created_at} isAbsolute />],
          ["location", <Name key="location" text={backfill.location} />],
          ["schedule", backfill.schedule && <Name key="schedule" text={backfill.schedule} />],
          ["order", backfill.newest_first ? "the newest first" : "the oldest first"],
          ["runs at a time", backfill.max_concurrent_runs === null ? "no limit of its own" : `at most ${count(backfill.max_concurrent_runs ?? 0)}`],
          ["priority", backfill.priority === null ? "behind all other runs" : String(backfill.priority)],
          ["runs", <Link key="runs" href={`/runs?q=${encodeURIComponent(`tag:dagster/backfill=${backfill.backfill_id}`)}&fold=no`}>its runs in the list of all</Link>],
        ]}
      />
      {tags.length > 0 && (
        <>
          <h2>Tags</h2>
          <ul className="backfill-tags">
            {tags.map(([key, value]) => (
              <li key={key}>
                <code>
                  <bdi>{key}</bdi>=<bdi>{value}</bdi>
                </code>
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>Makes</h2>
      <ul className="backfill-targets">
        {backfill.target_facts.map((target, place) => (
          <li key={place}>
            {target.assets === null || target.assets === undefined ? (
              <Link href={`/jobs/${encodeURIComponent(target.location)}/${encodeURIComponent(target.job)}`}>
                job <Name text={target.job} />
              </Link>
            ) : (
              target.assets.map((key) => <Name key={key} text={key} />).flatMap((each, at) => (at === 0 ? [each] : [", ", each]))
            )}
          </li>
        ))}
      </ul>
      {backfill.target_count > backfill.target_facts.length && (
        <p className="soft">and {counted(backfill.target_count - backfill.target_facts.length, "more group", "more groups")}</p>
      )}
    </>
  );
}
