/** A stretch of time as a line: where an instant lies on it, and which marks stand there. */

export interface Stretch {
  /** Milliseconds since the epoch. */
  begin: number;
  end: number;
}

/** Beginning and end of a span as parts (0 to 1) of the stretch. */
export function within(stretch: Stretch, begin: string, end: string | null, now: Date): [number, number] {
  const length = stretch.end - stretch.begin || 1;
  const part = (at: number) => Math.min(1, Math.max(0, (at - stretch.begin) / length));
  return [part(new Date(begin).getTime()), part(end === null ? now.getTime() : new Date(end).getTime())];
}

const STEPS_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800,
  86_400, 172_800, 604_800,
];

/** Marks at round lengths of time, no more than `most`. */
export function ticksOf(stretch: Stretch, most: number): { seconds: number; part: number }[] {
  const length = (stretch.end - stretch.begin) / 1000;
  const step = STEPS_SECONDS.find((each) => length / each <= most) ?? length;
  if (step <= 0) return [];
  const number = Math.min(most, Math.floor(length / step));
  return Array.from({ length: number + 1 }, (_, place) => ({ seconds: place * step, part: (place * step) / length })).filter((each) => each.part <= 0.94);
}
