/** Where a schedule or sensor has its page, and its state among those of the table. */

import type { Schemas } from "../../api/types.ts";
import type { State } from "../../state/status.tsx";

export type Row = Schemas["AutomationRow"];

interface Place {
  kind: string;
  location: string;
  name: string;
}

/** The address of its page. */
export function pageOf({ kind, location, name }: Place): string {
  return `/automation/${kind}/${encodeURIComponent(location)}/${encodeURIComponent(name)}`;
}

/** What tells it from all others in a list. */
export function idOf({ kind, location, name }: Place): string {
  return `${kind}:${location}:${name}`;
}

/** The place that an id of a list stands for; names have no colon. */
export function placeOf(id: string): { kind: "schedule" | "sensor"; location: string; name: string } {
  const [kind = ""] = id.split(":");
  const rest = id.slice(kind.length + 1);
  const cut = rest.lastIndexOf(":");
  return { kind: kind as "schedule" | "sensor", location: rest.slice(0, cut), name: rest.slice(cut + 1) };
}

const LOOKS: Record<Row["state"], [State, string]> = {
  quarantined: ["failed", "quarantined"],
  failing: ["failed", "failing"],
  late: ["attention", "late"],
  paused: ["queued", "paused"],
  on: ["done", "on"],
  off: ["never", "off"],
};

/** Shape and word of its state. */
export function lookOf(state: Row["state"]): { state: State; word: string } {
  const [shape, word] = LOOKS[state];
  return { state: shape, word };
}

const TYPES: Record<Row["type"], string> = {
  schedule: "schedule",
  sensor: "sensor",
  run_status: "run sensor",
  asset: "asset sensor",
  multi_asset: "asset sensor",
  condition: "conditions",
};

/** What sort it is, for people. */
export function typeOf(type: Row["type"]): string {
  return TYPES[type];
}
