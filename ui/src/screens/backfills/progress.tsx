/** How far a backfill is: a bar in the colours of the states, and the same in numbers. */

import { count } from "../../text/number.ts";
import { countOf, doneOf, PARTS, type Backfill } from "./states.ts";
import "./progress.css";

export function Progress({ row }: { row: Backfill }) {
  const parts = Object.entries(PARTS).map(([name, look]) => ({ ...look, number: countOf(row, name) }));
  const there = parts.filter((each) => each.number > 0);
  const words = there.map((each) => `${count(each.number)} ${each.word}`).join(", ");
  return (
    <span className="progress" data-tip={words}>
      <span className="progress-bar" aria-hidden="true">
        {there.map((each) => (
          <span key={each.word} className="progress-piece" data-state={each.state} style={{ flexGrow: each.number }} />
        ))}
      </span>
      <span className="progress-text">
        <span className="visually-hidden">{words}: </span>
        {count(doneOf(row))}/{count(row.total)}
      </span>
    </span>
  );
}
