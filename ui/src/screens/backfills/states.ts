/** What the states of backfills and of their parts are for people. */

import type { Schemas } from "../../api/types.ts";
import type { State } from "../../state/status.tsx";

export type Backfill = Schemas["BackfillRow"];

interface Look {
  state: State;
  word: string;
}

const OF_BACKFILL: Record<Backfill["status"], Look> = {
  IN_PROGRESS: { state: "running", word: "in progress" },
  PAUSED: { state: "attention", word: "paused" },
  CANCELING: { state: "running", word: "cancelling" },
  CANCELED: { state: "cancelled", word: "cancelled" },
  COMPLETED_SUCCESS: { state: "done", word: "done" },
  COMPLETED_FAILED: { state: "failed", word: "failed" },
};

/** A part that has begun has a run, which may still be queued. */
export const PARTS: Record<string, Look> = {
  SUCCEEDED: { state: "done", word: "done" },
  SKIPPED: { state: "skipped", word: "skipped" },
  FAILED: { state: "failed", word: "failed" },
  BLOCKED: { state: "attention", word: "blocked" },
  CANCELED: { state: "cancelled", word: "cancelled" },
  RUNNING: { state: "running", word: "begun" },
  WAITING: { state: "queued", word: "waiting" },
};

export function lookOfBackfill(status: Backfill["status"]): Look {
  return OF_BACKFILL[status];
}

export function lookOfPart(state: string): Look {
  return PARTS[state] ?? { state: "never", word: state };
}

export function isOver(status: Backfill["status"]): boolean {
  return status === "CANCELED" || status === "COMPLETED_SUCCESS" || status === "COMPLETED_FAILED";
}

/** How many parts are in any of these states. */
export function countOf(row: Backfill, ...states: string[]): number {
  return states.reduce((sum, state) => sum + ((row.counts as Record<string, number>)[state] ?? 0), 0);
}

export function doneOf(row: Backfill): number {
  return countOf(row, "SUCCEEDED", "SKIPPED");
}

export function badOf(row: Backfill): number {
  return countOf(row, "FAILED", "BLOCKED", "CANCELED");
}

/** What it is called: its title, or what was asked for. */
export function nameOf(row: Backfill): string {
  return row.title || row.asked || row.backfill_id;
}
