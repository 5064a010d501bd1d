/** Where everything lies on the timeline: lanes, and in each the marks that can be told apart at this width. */

import type { Schemas } from "../../api/types.ts";
import { stateOfRun, type State } from "../../state/status.tsx";

export type LanesBy = Schemas["Timeline"]["by"];
type Told = Schemas["TimelineLane"];

/** What lies too close together to be told apart is one mark: runs, or a time to come. */
export interface Mark {
  id: string;
  lane: LaneName;
  /** Pixels from the left. */
  x: number;
  width: number;
  /** How the runs that did not fail stand; failures are drawn over them. */
  state: State;
  /** By state how many runs it stands for; of a time to come nothing. */
  counts: ReadonlyMap<State, number>;
  count: number;
  failed: number;
  /** In which stretch its runs were stored, or the times to come are (milliseconds since the epoch). */
  from: number;
  until: number;
  isToCome: boolean;
}

export interface LaneName {
  name: string;
  location: string | null;
  /** What it is called on the page. */
  title: string;
}

export interface Lane extends LaneName {
  failed: number;
  marks: readonly Mark[];
}

export interface Span {
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
}

const LEAST_PX = 4;
/** Marks closer than that are drawn as one. */
const STEP_PX = 5;
/** The gravest state of several runs stands for all of them. */
const GRAVITY: readonly State[] = ["failed", "lost", "running", "queued", "cancelled", "done", "skipped", "never"];
const NONE: Record<LanesBy, string> = { job: "no job", group: "no group", automation: "by hand" };

/** The lanes of a timeline, in the order in which they came. */
export function lanesOf(timeline: Schemas["Timeline"], width: number, now: number): Lane[] {
  const span = { start: Date.parse(timeline.start), end: Date.parse(timeline.end) };
  const part = timeline.bin_seconds * 1000;
  // On a narrow screen the parts that the server told apart lie within a few pixels.
  const together = Math.max(1, Math.ceil(STEP_PX / Math.max(0.1, place(span.start + part, span, width))));
  return timeline.lanes.map((told) => {
    const name = { name: told.name, location: told.location, title: told.name.startsWith("__") ? "chosen assets" : told.name || NONE[timeline.by] };
    return { ...name, failed: told.failed, marks: marksOf(told, name, { span, part, together, width, now }) };
  });
}

/** Pixels from the left at which an instant lies. */
export function place(at: number, span: Span, width: number): number {
  return ((at - span.start) / (span.end - span.start)) * width;
}

interface Measures {
  span: Span;
  /** Length of a part (milliseconds), and how many of them are one mark. */
  part: number;
  together: number;
  width: number;
  now: number;
}

function marksOf(told: Told, lane: LaneName, measures: Measures): Mark[] {
  const { span, part, together, width, now } = measures;
  const key = `${lane.location ?? ""}\n${lane.name}`;
  const edges = (group: number) => ({ from: span.start + group * together * part, until: span.start + (group + 1) * together * part });
  const box = (start: number, end: number) => {
    const x = Math.max(0, Math.min(width - LEAST_PX, place(start, span, width)));
    return { x, width: Math.max(LEAST_PX, Math.min(width, place(end, span, width)) - x) };
  };
  const groups = new Map<number, { start: number; end: number; counts: Map<State, number> }>();
  told.parts.forEach((number, mark) => {
    const start = span.start + (told.at[mark] ?? 0) * 1000;
    let end = start + (told.seconds[mark] ?? 0) * 1000;
    const group = Math.floor(number / together);
    const held = groups.get(group) ?? { start, end, counts: new Map<State, number>() };
    for (const [status, counts] of Object.entries(told.runs)) {
      const count = counts[mark] ?? 0;
      const state = stateOfRun(status);
      if (count > 0) held.counts.set(state, (held.counts.get(state) ?? 0) + count);
      if (count > 0 && state === "running") end = now;
    }
    const lost = told.lost[mark] ?? 0;
    if (lost > 0) {
      held.counts.set("lost", (held.counts.get("lost") ?? 0) + lost);
      const running = (held.counts.get("running") ?? 0) - lost;
      if (running > 0) held.counts.set("running", running);
      else held.counts.delete("running");
    }
    held.start = Math.min(held.start, start);
    held.end = Math.max(held.end, end);
    groups.set(group, held);
  });
  const marks: Mark[] = [...groups].map(([group, { start, end, counts }]) => ({
    id: `${key}\n${group}`,
    lane,
    ...box(start, end),
    state: stateOf(counts),
    counts,
    count: [...counts.values()].reduce((sum, each) => sum + each, 0),
    failed: counts.get("failed") ?? 0,
    ...edges(group),
    isToCome: false,
  }));
  const coming = new Map(told.ticks.map((at) => [Math.floor((at * 1000) / part / together), span.start + at * 1000]).reverse() as [number, number][]);
  for (const [group, at] of coming) {
    marks.push({ id: `${key}\n+${group}`, lane, ...box(at, at), state: "never", counts: new Map(), count: 0, failed: 0, ...edges(group), isToCome: true });
  }
  return marks.sort((a, b) => a.x - b.x || a.width - b.width);
}

function stateOf(counts: ReadonlyMap<State, number>): State {
  // A bar of many runs of which one failed is not red as a whole.
  return GRAVITY.find((state) => counts.has(state) && !(state === "failed" && counts.size > 1)) ?? "never";
}

const MINUTE = 60_000;
const STEPS = [1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880].map((minutes) => minutes * MINUTE);

/** The instants at which the axis has a line, about one for each 90 pixels, on whole hours of the zone's own day. */
export function axisOf(span: Span, width: number, offsetMs: number): number[] {
  const least = (span.end - span.start) / Math.max(1, width / 90);
  const step = STEPS.find((each) => each >= least) ?? 2880 * MINUTE;
  const found: number[] = [];
  for (let at = Math.ceil((span.start + offsetMs) / step) * step - offsetMs; at < span.end; at += step) found.push(at);
  return found;
}
