/** The head of a run: its state, what it waits for; and why it ran, who asked for it, its attempts. */

import { Fragment } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Facts } from "../../parts/facts.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { automationAddress, RunDuration, RunLink, RunState, TriggerLink, usualText, WaitingText } from "../../parts/run_words.tsx";
import { When } from "../../parts/when.tsx";

type Detail = Schemas["RunDetail"];

export function Head({ run }: { run: Detail }) {
  return (
    <section className="run-head" aria-label="the run">
      <p className="run-line">
        <RunState run={run} /> <Ident id={run.run_id} />
        <RunDuration run={run} />
        {run.usual !== null && <span className="soft">{usualText(run.usual)}</span>}
      </p>
      {run.is_lost && (
        <p className="run-lost" role="status">
          <span aria-hidden="true">! </span>
          It is said to go on, but its process is gone. A working service ends it.
        </p>
      )}
      {run.cancel !== null && (
        <p className="run-cancelled" role="status">
          <strong>{run.status === "CANCELED" ? "Cancelled" : "Being cancelled"}</strong> <When at={run.cancel.at} isAbsolute /> · <bdi>{run.cancel.text}</bdi>
          {run.cancel.is_by_force && " · its process was ended by force"}
        </p>
      )}
      {run.waiting !== null && (
        <p className="run-waits" role="status">
          <strong>Waits: </strong>
          <WaitingText waiting={run.waiting} />
          {run.waiting.reason !== "service" && (
            <>
              {" · "}
              <Link href="/runs?tab=queue">the queue</Link>
            </>
          )}
        </p>
      )}
    </section>
  );
}

/** What is known of a run besides its state. */
export function RunFacts({ run }: { run: Detail }) {
  return (
    <section aria-label="about the run">
      <Facts
        items={[
          ["Job", !isUnnamed(run) && <JobLink key="job" run={run} />],
          ["Location", isUnnamed(run) && run.location],
          ["Why", <Why key="why" run={run} />],
          ["Attempts", run.chain.length > 0 && <Chain key="chain" run={run} />],
          ["Created", run.created_at && <When at={run.created_at} isAbsolute />],
          ["Started", run.started_at && <When at={run.started_at} isAbsolute />],
          ["Ended", run.ended_at && <When at={run.ended_at} isAbsolute />],
          ["Assets", run.asset_count > (isUnnamed(run) ? 0 : 1) && assets(run)],
          ["Steps asked for", run.steps_asked?.join(", ")],
          ["Stopped because", run.stop_reason],
          ["Process", run.worker],
          ["Beside it", (run.before !== null || run.after !== null) && <Beside key="beside" run={run} />],
        ]}
      />
    </section>
  );
}

/** Whether its job was made for its assets, and nobody gave it a name. */
function isUnnamed(run: Detail): boolean {
  return run.job.startsWith("__");
}

function assets(run: Detail): string {
  const more = run.asset_count - run.assets.length;
  return run.assets.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function JobLink({ run }: { run: Detail }) {
  return (
    <>
      <Link href={jobAddress(run)}>
        <Name text={run.job} />
      </Link>
      {run.location !== null && <span className="soft"> in {run.location}</span>}
    </>
  );
}

/** The page of its job; of what has none of its own (assets that were chosen by hand), its runs. */
function jobAddress({ job, location }: Detail): string {
  if (location === null || job.startsWith("__")) return `/runs?q=${encodeURIComponent(`job:"${job}"`)}`;
  return `/jobs/${encodeURIComponent(location)}/${encodeURIComponent(job)}`;
}

/** Tick → request → run. */
function Why({ run }: { run: Detail }) {
  const { tick } = run;
  return (
    <span className="run-why">
      <TriggerLink trigger={run.trigger} />
      {tick !== null && (
        <>
          <Arrow />
          <Link href={`${automationAddress(tick.kind, tick.location, tick.name)}?tick=${tick.tick_id}`}>
            tick of <When at={tick.at} isAbsolute />
          </Link>
          <Arrow />
          <span>{tick.run_key === null ? "its request" : `run key ${tick.run_key}`}</span>
        </>
      )}
      {run.trigger.who && run.trigger.kind !== "person" && run.trigger.kind !== "again" && <span className="soft">by {run.trigger.who}</span>}
    </span>
  );
}

function Arrow() {
  return <span aria-hidden="true">→</span>;
}

function Chain({ run }: { run: Detail }) {
  return (
    <span className="run-why">
      {run.chain.map((each, place) => (
        <Fragment key={each.run_id}>
          {place > 0 && <Arrow />}
          {each.run_id === run.run_id ? (
            <strong aria-current="true">{place + 1} (this one)</strong>
          ) : (
            <span>
              {place + 1} <RunLink run={each} />
            </span>
          )}
        </Fragment>
      ))}
    </span>
  );
}

function Beside({ run }: { run: Detail }) {
  return (
    <span className="run-why">
      {run.before !== null && (
        <Link href={`/runs/${run.before}`} aria-keyshortcuts="[">
          ← older run
        </Link>
      )}
      {run.after !== null && (
        <Link href={`/runs/${run.after}`} aria-keyshortcuts="]">
          newer run →
        </Link>
      )}
    </span>
  );
}
