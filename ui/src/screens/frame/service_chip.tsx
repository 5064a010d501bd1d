/** Whether the service is alive and keeps up, on every page. */

import { Link } from "wouter";
import { When } from "../../parts/when.tsx";
import { useService } from "../../state/caller.ts";

const SIGNS: Record<string, string> = { working: "✓", late: "!", stopped: "✕" };

export function ServiceChip() {
  const { data, error } = useService();
  const state = error !== null ? "lost" : (data?.state ?? "asking");
  const text =
    error !== null ? "no connection" : data === undefined ? "…" : data.state === "working" ? "service works" : data.text;
  return (
    <span role="status" className="chip-place">
      <Link href="/system" className="chip" data-state={state}>
        <span aria-hidden="true">{SIGNS[state] ?? "!"}</span>
        <span className="chip-text">
          {text}
          {data?.since && (
            <>
              {" · "}
              <When at={data.since} />
            </>
          )}
        </span>
      </Link>
    </span>
  );
}
