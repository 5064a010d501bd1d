/** The part of a run's log that is held: whole answers of the server, so that a window can be cut where they meet. */

import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";

export type Entry = Schemas["LogEntry"];
export type Part = Schemas["LogPage"];

/** So many entries are held at most. */
const MOST = 30_000;
/** What follows is added to a part until it has so many. */
const PART = 500;

export interface LogWindow {
  parts: readonly Part[];
  /** Of all parts together. */
  entries: readonly Entry[];
  hasOlder: boolean;
  hasNewer: boolean;
  /** Whether it is known when the run printed what it printed. */
  hasPrinted: boolean;
  /** How far the server looked, where there is little that fits: the rest is asked for next. */
  lookedTo: string | null;
  isOver: boolean;
  isLoading: boolean;
  problem: ProblemError | null;
  /** How many entries the last answer put in front, so that the reader's place can be kept. */
  prepended: number;
  /** Grows with each window that took the place of another. */
  generation: number;
}

export type Change =
  | { kind: "asked" }
  | { kind: "failed"; problem: ProblemError }
  | { kind: "placed" | "older" | "newer"; page: Part };

export const NOTHING: LogWindow = {
  parts: [],
  entries: [],
  hasOlder: false,
  hasNewer: false,
  hasPrinted: false,
  lookedTo: null,
  isOver: false,
  isLoading: true,
  problem: null,
  prepended: 0,
  generation: 0,
};

/** The window after something happened. */
export function changed(before: LogWindow, change: Change): LogWindow {
  if (change.kind === "asked") return { ...before, isLoading: true, problem: null, prepended: 0 };
  if (change.kind === "failed") return { ...before, isLoading: false, problem: change.problem };
  const { page } = change;
  const common = { isOver: page.is_over, isLoading: false, problem: null, lookedTo: page.looked_to_at, hasPrinted: page.has_printed };
  if (change.kind === "placed") {
    const held = { parts: [page], entries: page.items, hasOlder: page.has_older, hasNewer: page.has_newer };
    return { ...common, ...held, prepended: 0, generation: before.generation + 1 };
  }
  if (change.kind === "older") {
    const [first, ...rest] = before.parts;
    // An answer without entries only tells that the place before lies further on.
    const all = first === undefined || page.items.length > 0 ? [page, ...before.parts] : [{ ...first, older: page.older }, ...rest];
    const parts = cut(all, "end"); // what is far from the reader is let go, and fetched again when he comes there
    const hasNewer = before.hasNewer || parts.length < all.length;
    return { ...before, ...common, ...held(parts), hasOlder: page.has_older, hasNewer, prepended: page.items.length };
  }
  const all = followed(before.parts, page);
  const parts = cut(all, "start");
  const gone = all.slice(0, all.length - parts.length).reduce((sum, each) => sum + each.items.length, 0);
  return { ...before, ...common, ...held(parts), hasOlder: before.hasOlder || gone > 0, hasNewer: page.has_newer, prepended: -gone };
}

function held(parts: readonly Part[]) {
  return { parts, entries: parts.flatMap((each) => each.items) };
}

function cut(parts: readonly Part[], side: "start" | "end"): readonly Part[] {
  const kept = [...parts];
  let number = kept.reduce((sum, each) => sum + each.items.length, 0);
  while (number > MOST && kept.length > 1) number -= (side === "start" ? kept.shift() : kept.pop())?.items.length ?? 0;
  return kept;
}

/** Parts with one more after them. */
function followed(parts: readonly Part[], page: Part): readonly Part[] {
  const last = parts.at(-1);
  if (last === undefined) return [page];
  if (page.items.length > 0 && last.items.length + page.items.length > PART) return [...parts, page];
  const items = [...last.items];
  for (const each of page.items) items.splice(placeOf(items, each), 0, each);
  return [...parts.slice(0, -1), { ...last, items, newer: page.newer }];
}

/**
 * Where a new entry stands: events are stored a moment after they happened, so what was printed after one may have come
 * before it. Events among themselves, and lines among themselves, come in order.
 */
function placeOf(items: readonly Entry[], entry: Entry): number {
  const at = Date.parse(entry.at);
  let place = items.length;
  for (let before = items[place - 1]; before !== undefined; before = items[place - 1]) {
    if ((before.source === "events") === (entry.source === "events") || Date.parse(before.at) <= at) break;
    place -= 1;
  }
  return place;
}
