/** What the mark that is pointed at stands for: the run, or all that lie so close together. */

import { useEffect, useState } from "react";
import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { Name } from "../../parts/name.tsx";
import { When } from "../../parts/when.tsx";
import { stateOfRun, Status, STATES } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";
import type { LanesBy, Mark } from "./lanes.ts";
import { askOf, type Marks } from "./mark_runs.ts";

/** A pointer that crosses the chart asks for nothing; one that rests does. */
const SETTLE_MS = 120;

export function MarkFacts({ mark, lanes }: { mark: Mark | null; lanes: LanesBy }) {
  const settled = useSettled(mark);
  return (
    <div id="mark-facts" className="mark-facts" aria-live="polite">
      {mark === null ? (
        <p className="soft">Point at a mark, or walk them with the arrows, to see what it stands for.</p>
      ) : (
        <>
          <p>
            <b>{mark.lane.title}</b> {mark.isToCome ? "to come" : told(mark)}
          </p>
          {settled?.id === mark.id && <Members mark={settled} lanes={lanes} />}
        </>
      )}
    </div>
  );
}

function useSettled(mark: Mark | null): Mark | null {
  const [settled, setSettled] = useState(mark);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(mark), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [mark]);
  return settled;
}

/** `12 runs: 1 failed, 11 done`. */
function told(mark: Mark): string {
  const parts = [...mark.counts].sort(([a], [b]) => Number(b === "failed") - Number(a === "failed"));
  return `${counted(mark.count, "run")}: ${parts.map(([state, many]) => `${count(many)} ${STATES[state].word}`).join(", ")}`;
}

function Members({ mark, lanes }: { mark: Mark; lanes: LanesBy }) {
  const answer = useAnswer("/api/timeline/marks", askOf(mark, lanes), { topics: ["runs"] });
  if (answer.error !== null && answer.data === undefined) {
    return (
      <p>
        {answer.error.detail} (request {answer.error.requestId})
      </p>
    );
  }
  if (answer.data === undefined) return <p className="soft">…</p>;
  const { runs, ticks, has_more_ticks: hasMore } = answer.data;
  const rest = mark.count - runs.length;
  return (
    <ul>
      {!mark.isToCome && runs.map((run) => <RunFacts key={run.run_id} run={run} />)}
      {!mark.isToCome && rest > 0 && (
        <li className="soft">
          {lanes === "job" ? <Link href={listOf(mark)}>and {counted(rest, "run")} more: all of them</Link> : <>and {counted(rest, "run")} more</>}
        </li>
      )}
      {mark.isToCome &&
        ticks.map((tick) => (
          <li key={`${tick.automation} ${tick.at}`}>
            <Status state="never" word="to come" />{" "}
            <Link href={`/automation/schedule/${encodeURIComponent(tick.location)}/${encodeURIComponent(tick.automation)}`}>
              <Name text={tick.automation} />
            </Link>{" "}
            <When at={tick.at} /> <span className="soft">{tick.job && `→ ${tick.job}`}</span>
          </li>
        ))}
      {mark.isToCome && hasMore && <li className="soft">and more times</li>}
    </ul>
  );
}

/** The list of the runs of a mark, in a lane of a job. */
function listOf(mark: Mark): string {
  const job = `"${mark.lane.name.replaceAll('"', '\\"')}"`;
  const at = (instant: number) => `"${new Date(instant).toISOString()}"`;
  return `/runs?fold=no&q=${encodeURIComponent(`job:${job} after:${at(mark.from)} before:${at(mark.until)}`)}`;
}

function RunFacts({ run }: { run: Marks["runs"][number] }) {
  const seconds = run.started_at && run.ended_at ? (Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000 : null;
  return (
    <li>
      <Status state={stateOfRun(run.status, run.is_lost)} />{" "}
      <Link href={`/runs/${run.run_id}`}>
        <Name text={run.partition ? `${run.job} ${run.partition}` : run.job} />
      </Link>{" "}
      <When at={run.started_at ?? run.created_at} /> {seconds !== null && <span className="soft">{duration(seconds)}</span>}
    </li>
  );
}
