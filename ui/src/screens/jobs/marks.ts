/** Runs of a job as marks of a strip, and addresses of jobs. */

import type { Schemas } from "../../api/types.ts";
import type { Mark } from "../../parts/strip.tsx";
import { stateOfRun, STATES } from "../../state/status.tsx";
import { duration } from "../../text/time.ts";

export type JobRow = Schemas["JobRow"];
export type JobMark = Schemas["JobMark"];

export function jobAddress(job: { location: string; name: string }): string {
  return `/jobs/${encodeURIComponent(job.location)}/${encodeURIComponent(job.name)}`;
}

export function marksOf(marks: readonly JobMark[]): Mark[] {
  return marks.map((mark) => ({ id: mark.run_id, state: stateOfRun(mark.status, mark.is_lost), text: wordsOf(mark), to: `/runs/${encodeURIComponent(mark.run_id)}` }));
}

/** `run 3fa2, failed, 1m 04s, 2026-05-12 09:12`. */
export function wordsOf(mark: JobMark): string {
  const took = mark.seconds === null || mark.seconds === undefined ? "" : `, ${duration(mark.seconds)}`;
  return `run ${mark.run_id.slice(0, 8)}, ${STATES[stateOfRun(mark.status, mark.is_lost)].word}${took}, ${mark.created_at.slice(0, 16).replace("T", " ")} UTC`;
}
