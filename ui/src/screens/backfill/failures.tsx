/** What went wrong in a backfill, the same errors together. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/panel.tsx";
import { counted } from "../../text/number.ts";
import { countOf } from "../backfills/states.ts";

export function Failures({ backfill }: { backfill: Schemas["BackfillDetail"] }) {
  if (backfill.failures.length === 0) {
    const others = countOf(backfill, "BLOCKED", "CANCELED");
    return (
      <Empty title="Nothing of it failed">
        {others > 0 && <p>{counted(others, "run")} did not come to a good end for another reason; the list of runs says which.</p>}
      </Empty>
    );
  }
  return (
    <ul className="failures">
      {backfill.failures.map((group) => (
        <li key={group.message} className="failure-group">
          <h2>
            <span aria-hidden="true">✕ </span>
            <code className="failure-text">{group.message}</code>
          </h2>
          <p>
            {counted(group.count, "run")}: <Labels labels={group.labels} total={group.count} />
          </p>
          <p className="failure-runs">
            {group.run_ids.map((id) => (
              <Link key={id} href={`/runs/${encodeURIComponent(id)}`}>
                run {id.slice(0, 8)}
              </Link>
            ))}
          </p>
        </li>
      ))}
      {!backfill.failures_are_all && <li className="soft">These are the errors of the first failed runs only.</li>}
    </ul>
  );
}

function Labels({ labels, total }: { labels: readonly string[]; total: number }) {
  const named = labels.filter(Boolean);
  return (
    <>
      {named.map((label, place) => (
        <span key={`${place} ${label}`}>
          {place > 0 && ", "}
          <Name text={label} most={40} />
        </span>
      ))}
      {total > labels.length && ` and ${total - labels.length} more`}
    </>
  );
}
