/** Whether the service is alive and keeps up, and whether the server answers, on every page. */

import { Link } from "wouter";
import { useConnection } from "../../live/connection.ts";
import { When } from "../../parts/when.tsx";
import { useService } from "../../state/caller.ts";

const SIGNS: Record<string, string> = { working: "✓", late: "!", stopped: "✕", lost: "✕" };
const TEXTS: Record<string, string> = { working: "service works", late: "service is late", stopped: "no service works" };

export function ServiceChip() {
  const { data, error, dataUpdatedAt } = useService();
  const isLost = useConnection() === "lost" || error?.status === 0;
  const state = isLost || (error !== null && data === undefined) ? "lost" : (data?.state ?? "asking");
  const since = isLost ? (dataUpdatedAt ? new Date(dataUpdatedAt).toISOString() : null) : data?.state === "working" ? null : data?.since;
  return (
    <span role="status" className="chip-place">
      <Link href="/system" className="chip" data-state={state} data-tip={isLost ? "What is shown may be old." : data?.text}>
        <span aria-hidden="true">{SIGNS[state] ?? "…"}</span>
        <span className="chip-text">
          {isLost ? "connection lost" : state === "lost" ? (error?.title ?? "") : (TEXTS[state] ?? "asking")}
          {since && (
            <>
              {" · "}
              {isLost && "as of "}
              <When at={since} />
            </>
          )}
        </span>
      </Link>
    </span>
  );
}
