/** How long the newest runs took: a bar each, against what is usual. */

import { Link } from "wouter";
import { stateOfRun, Status, STATES } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";
import { wordsOf, type JobMark } from "../jobs/marks.ts";

const HEIGHT = 110;
const STEP = 9;
const FOOT = 14;

export function Trend({ marks, low, high }: { marks: readonly JobMark[]; low: number | null | undefined; high: number | null | undefined }) {
  if (marks.length === 0) return <p className="soft">It has never run.</p>;
  const most = Math.max(1, high ?? 0, ...marks.map((mark) => mark.seconds ?? 0));
  const scale = (seconds: number) => (seconds / most) * (HEIGHT - 10);
  const failed = marks.filter((mark) => stateOfRun(mark.status, mark.is_lost) === "failed").length;
  const width = marks.length * STEP;
  return (
    <div className="trend">
      <div className="trend-scroll" role="region" tabIndex={0} aria-label="durations of the newest runs">
        <svg
          className="trend-svg"
          width={width}
          height={HEIGHT + FOOT}
          role="img"
          aria-label={`${counted(marks.length, "run")}, ${failed} failed; the longest took ${duration(most)}`}
        >
          {low !== null && low !== undefined && high !== null && high !== undefined && (
            <rect className="trend-usual" x={0} width={width} y={HEIGHT - scale(high)} height={Math.max(2, scale(high) - scale(low))} />
          )}
          {marks.map((mark, place) => {
            const state = stateOfRun(mark.status, mark.is_lost);
            const tall = Math.max(3, scale(mark.seconds ?? 0));
            return (
              <g key={mark.run_id} data-state={state} className="trend-mark" data-tip={wordsOf(mark)}>
                <rect x={place * STEP + 1} y={HEIGHT - tall} width={STEP - 2} height={tall} rx={1} />
                {state !== "done" && (
                  <text x={place * STEP + STEP / 2} y={HEIGHT + FOOT - 3} textAnchor="middle">
                    {STATES[state].shape}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <p className="soft">
        {counted(marks.length, "run")}, the newest at the right; the tallest bar is {duration(most)}
        {low !== null && low !== undefined && high !== null && high !== undefined && <>. Usual, as the band shows: {duration(low)} to {duration(high)}</>}.
      </p>
      <details className="job-list">
        <summary>As a table</summary>
        <table className="trend-table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">State</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {[...marks].reverse().map((mark) => (
              <tr key={mark.run_id}>
                <td>
                  <Link href={`/runs/${encodeURIComponent(mark.run_id)}`}>{mark.run_id.slice(0, 8)}</Link>
                </td>
                <td>
                  <Status state={stateOfRun(mark.status, mark.is_lost)} />
                </td>
                <td>{mark.seconds === null || mark.seconds === undefined ? "" : duration(mark.seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}
