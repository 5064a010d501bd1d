/** The timeline as a table: what it shows, for who cannot see it, or wants to copy it. Asked for when it is opened. */

import { useState } from "react";
import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Name } from "../../parts/name.tsx";
import { Panel } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { stateOfRun, Status } from "../../state/status.tsx";
import { duration } from "../../text/time.ts";

const ROWS_MAX = 200;

export function TimelineTable({ timeline }: { timeline: Schemas["Timeline"] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="timeline-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The same as a table</summary>
      {isOpen && <Rows start={timeline.start} end={timeline.end} />}
    </details>
  );
}

function Rows({ start, end }: { start: string; end: string }) {
  const query = { start, end, limit: ROWS_MAX };
  const answer = useAnswer("/api/timeline/marks", { query }, { topics: ["runs"], keepsBefore: true });
  return (
    <Panel answer={answer} rows={6}>
      {({ runs, ticks, has_more_runs: hasMore }) => (
        <div className="timeline-table-scroll" tabIndex={0} role="region" aria-label="Timeline as a table">
          <table>
            <caption className="visually-hidden">What is to come, the next first; then what ran, the failures first</caption>
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col">What</th>
                <th scope="col">When</th>
                <th scope="col">Took</th>
                <th scope="col">By</th>
              </tr>
            </thead>
            <tbody>
              {ticks.slice(0, ROWS_MAX / 4).map((tick) => (
                <tr key={`${tick.location} ${tick.automation} ${tick.at}`}>
                  <td>
                    <Status state="never" word="to come" />
                  </td>
                  <td>
                    <Name text={tick.job || tick.automation} />
                  </td>
                  <td>
                    <When at={tick.at} />
                  </td>
                  <td></td>
                  <td>{tick.automation}</td>
                </tr>
              ))}
              {runs.map((run) => (
                <tr key={run.run_id}>
                  <td>
                    <Status state={stateOfRun(run.status, run.is_lost)} />
                  </td>
                  <td>
                    <Link href={`/runs/${run.run_id}`}>
                      <Name text={run.partition ? `${run.job} ${run.partition}` : run.job} />
                    </Link>
                  </td>
                  <td>
                    <When at={run.started_at ?? run.created_at} />
                  </td>
                  <td>{run.started_at && run.ended_at ? duration((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000) : ""}</td>
                  <td>{run.automation}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {hasMore && (
            <p>
              These are {ROWS_MAX}: the failures, and the newest others. <Link href="/runs">All runs</Link>
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}
