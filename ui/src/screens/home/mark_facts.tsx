/** What the mark that is pointed at stands for: the run, or all that lie so close together. */

import { Link } from "wouter";
import { Name } from "../../parts/name.tsx";
import { When } from "../../parts/when.tsx";
import { stateOfRun, Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";
import type { Mark, Run } from "./lanes.ts";

const LISTED_MAX = 6;

export function MarkFacts({ mark }: { mark: Mark | null }) {
  const runs = mark === null ? [] : [...mark.runs].sort((a, b) => Number(b.status === "FAILURE") - Number(a.status === "FAILURE"));
  const rest = runs.length - LISTED_MAX;
  return (
    <div id="mark-facts" className="mark-facts" aria-live="polite">
      {mark === null ? (
        <p className="soft">Point at a mark, or walk them with the arrows, to see what it stands for.</p>
      ) : (
        <ul>
          {runs.slice(0, LISTED_MAX).map((run) => (
            <RunFacts key={run.run_id} run={run} />
          ))}
          {rest > 0 && <li className="soft">and {counted(rest, "run")} more</li>}
          {mark.ticks.slice(0, LISTED_MAX).map((tick) => (
            <li key={`${tick.automation} ${tick.at}`}>
              <Status state="never" word="to come" />{" "}
              <Link href={`/automation/schedule/${encodeURIComponent(tick.location)}/${encodeURIComponent(tick.automation)}`}>
                <Name text={tick.automation} />
              </Link>{" "}
              <When at={tick.at} /> <span className="soft">{tick.job && `→ ${tick.job}`}</span>
            </li>
          ))}
          {mark.ticks.length > LISTED_MAX && <li className="soft">and {counted(mark.ticks.length - LISTED_MAX, "time")} more</li>}
        </ul>
      )}
    </div>
  );
}

function RunFacts({ run }: { run: Run }) {
  const seconds = run.started_at && run.ended_at ? (Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000 : null;
  return (
    <li>
      <Status state={stateOfRun(run.status)} />{" "}
      <Link href={`/runs/${run.run_id}`}>
        <Name text={run.partition ? `${run.job} ${run.partition}` : run.job} />
      </Link>{" "}
      <When at={run.started_at ?? run.created_at} /> {seconds !== null && <span className="soft">{duration(seconds)}</span>}
    </li>
  );
}
