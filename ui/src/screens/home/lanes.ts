/** Where everything lies on the timeline: lanes, and in each the marks that can be told apart at this width. */

import type { Schemas } from "../../api/types.ts";
import { stateOfRun, type State } from "../../state/status.tsx";

export type Run = Schemas["TimelineRun"];
export type Tick = Schemas["TimelineTick"];
export type LanesBy = "job" | "group" | "automation";

/** What lies too close together to be told apart is one mark. */
export interface Mark {
  id: string;
  lane: number;
  /** Pixels from the left. */
  x: number;
  width: number;
  state: State;
  runs: readonly Run[];
  ticks: readonly Tick[];
  /** Where in it failures are; drawn over it, so that none is hidden. */
  failedAt: readonly number[];
}

export interface Lane {
  name: string;
  location: string | null;
  failed: number;
  marks: readonly Mark[];
}

export interface Span {
  /** Milliseconds since the epoch. */
  start: number;
  end: number;
}

const LEAST_PX = 4;
const GAP_PX = 1;
/** The gravest state of several runs stands for all of them. */
const GRAVITY: readonly State[] = ["failed", "lost", "running", "queued", "cancelled", "done", "skipped", "never"];
const NONE: Record<LanesBy, string> = { job: "", group: "no group", automation: "by hand" };

interface Piece {
  start: number;
  end: number;
  run: Run | null;
  tick: Tick | null;
}

/** The lanes of a timeline: those with failures first, then by what ran last. */
export function lanesOf(timeline: Schemas["Timeline"], by: LanesBy, width: number, now: number): Lane[] {
  const span = { start: Date.parse(timeline.start), end: Date.parse(timeline.end) };
  const pieces = new Map<string, { name: string; location: string | null; pieces: Piece[]; failed: number; last: number }>();
  const laneOf = (name: string, location: string | null) => {
    const key = by === "group" ? name : `${location ?? ""}\n${name}`;
    let lane = pieces.get(key);
    if (lane === undefined) {
      lane = { name: name || NONE[by], location, pieces: [], failed: 0, last: 0 };
      pieces.set(key, lane);
    }
    return lane;
  };
  for (const run of timeline.runs) {
    const lane = laneOf(run[by], run.location);
    const piece = { start: Date.parse(run.started_at ?? run.created_at), end: run.ended_at ? Date.parse(run.ended_at) : now, run, tick: null };
    lane.pieces.push(piece);
    if (run.status === "FAILURE") lane.failed += 1;
    lane.last = Math.max(lane.last, piece.start);
  }
  for (const tick of timeline.ticks) {
    const at = Date.parse(tick.at);
    laneOf(tick[by], tick.location).pieces.push({ start: at, end: at, run: null, tick });
  }
  const sorted = [...pieces.values()].sort((a, b) => b.failed - a.failed || b.last - a.last || a.name.localeCompare(b.name));
  return sorted.map((lane, place) => ({ ...lane, marks: marksOf(lane.pieces, place, span, width) }));
}

/** Pixels from the left at which an instant lies. */
export function place(at: number, span: Span, width: number): number {
  return ((at - span.start) / (span.end - span.start)) * width;
}

function marksOf(pieces: Piece[], lane: number, span: Span, width: number): Mark[] {
  pieces.sort((a, b) => a.start - b.start);
  const marks: { x: number; end: number; pieces: Piece[] }[] = [];
  for (const piece of pieces) {
    const x = Math.max(0, place(piece.start, span, width));
    const end = Math.min(width, Math.max(place(piece.end, span, width), x + LEAST_PX));
    if (end <= 0 || x >= width) continue;
    const last = marks.at(-1);
    // A tick to come is never one with a run: the one was, the other is only to be expected.
    const isSame = last !== undefined && x < last.end + GAP_PX && (last.pieces[0]?.tick === null) === (piece.tick === null);
    if (isSame) {
      last.end = Math.max(last.end, end);
      last.pieces.push(piece);
    } else marks.push({ x, end, pieces: [piece] });
  }
  return marks.map((each) => {
    const runs = each.pieces.flatMap((piece) => piece.run ?? []);
    const ticks = each.pieces.flatMap((piece) => piece.tick ?? []);
    const failed = each.pieces.filter((piece) => piece.run?.status === "FAILURE");
    return {
      id: `${lane}:${runs[0]?.run_id ?? ticks[0]?.at ?? ""}`,
      lane,
      x: each.x,
      width: each.end - each.x,
      state: stateOf(runs),
      runs,
      ticks,
      failedAt: runs.length > 1 ? failed.map((piece) => Math.max(0, place(piece.start, span, width))) : [],
    };
  });
}

function stateOf(runs: readonly Run[]): State {
  if (runs.length === 0) return "never";
  // Failures are drawn over the others: a bar of many runs of which one failed is not red as a whole.
  const states = new Set(runs.map((run) => stateOfRun(run.status)));
  if (states.size > 1) states.delete("failed");
  return GRAVITY.find((state) => states.has(state)) ?? "never";
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
