/** Where in the queue a priority brings a run: as the service orders it, by priority, kind and age. */

import type { Schemas } from "../../api/types.ts";

type Row = Schemas["RunRow"];

/** A place that a run can be brought to. */
export interface Place {
  /** Runs that stand before it then. */
  index: number;
  /** What brings it there. */
  priority: number;
}

const PRIORITY_MAX = 999_999_999;

/**
 * The places that a run can be brought to by its priority alone, the first one first. Runs of one priority stand in the
 * order of their age, so not every place is among them.
 *
 * @param line the runs that stand in the queue, in their order
 * @param run one of them
 */
export function placesFor(line: readonly Row[], run: Row): Place[] {
  const others = line.filter((each) => each.run_id !== run.run_id);
  const own = line.indexOf(run);
  const tried = new Set([run.priority, ...others.flatMap(({ priority }) => [priority - 1, priority, priority + 1])]);
  const found = new Map<number, number>();
  for (const priority of tried) {
    if (Math.abs(priority) > PRIORITY_MAX) continue;
    const index = priority === run.priority ? own : others.filter((each) => goesBefore(each, run, priority, line)).length;
    const known = found.get(index);
    if (known === undefined || Math.abs(priority - run.priority) < Math.abs(known - run.priority)) found.set(index, priority);
  }
  return [...found].map(([index, priority]) => ({ index, priority })).sort((one, other) => one.index - other.index);
}

/** The place that is nearest to a wish. */
export function nearest(places: readonly Place[], index: number): Place | undefined {
  const far = (place: Place) => Math.abs(place.index - index);
  return places.reduce<Place | undefined>((best, each) => (best === undefined || far(each) < far(best) ? each : best), undefined);
}

/** Whether another run goes first, once this one has a priority that somebody gave it. */
function goesBefore(other: Row, run: Row, priority: number, line: readonly Row[]): boolean {
  if (other.priority !== priority) return other.priority > priority;
  // A run of a backfill that has no priority of its own lets others of the same one go first.
  if ("dagster/backfill" in other.tags && !("dagster/priority" in other.tags)) return false;
  const [one, two] = [other.created_at ?? "", run.created_at ?? ""];
  return one === two ? line.indexOf(other) < line.indexOf(run) : Date.parse(one) < Date.parse(two);
}
