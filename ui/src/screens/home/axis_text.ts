/** What stands at the lines of the axis. */

import { settings } from "../../state/settings.ts";

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, isDay: boolean): Intl.DateTimeFormat {
  const { hours } = settings();
  const key = `${zone} ${isDay} ${hours}`;
  let found = formats.get(key);
  if (found === undefined) {
    const parts: Intl.DateTimeFormatOptions = isDay ? { month: "2-digit", day: "2-digit" } : {};
    const hour = hours === "12" ? "numeric" : "2-digit";
    found = new Intl.DateTimeFormat(hours === "12" ? "en-US" : "sv-SE", { timeZone: zone, ...parts, hour, minute: "2-digit" });
    formats.set(key, found);
  }
  return found;
}

/** An instant in few signs: the time of day, with the day where the axis is longer than one. */
export function shortTime(at: number, zone: string, lengthMs: number): string {
  return format(zone, lengthMs > DAY_MS).format(at);
}

/** Milliseconds that a zone's clock is ahead of UTC at an instant. */
export function zoneOffset(zone: string, at: number): number {
  const text = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).format(at);
  const found = /GMT([+-])(\d{2}):(\d{2})/.exec(text);
  if (found === null) return 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60_000;
}
