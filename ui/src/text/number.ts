/** Numbers and counts as people read them. */

const whole = new Intl.NumberFormat("en-GB");

/** `3,412`. */
export function count(value: number): string {
  return whole.format(value);
}

/** `1 run`, `3,412 runs`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** `3.4 MB`, powers of 1000. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let place = 0;
  while (value >= 1000 && place < units.length - 1) {
    value /= 1000;
    place += 1;
  }
  return `${place === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[place] ?? ""}`;
}
