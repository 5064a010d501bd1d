/** Times as people read them: relative in lists, absolute with zone in details. The one place that formats times. */

import { settings, useSettings } from "../state/settings.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** How long ago, or how far ahead, an instant is: "3m ago", "in 2h". */
export function relative(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  const text =
    size < MINUTE
      ? `${size}s`
      : size < HOUR
        ? `${Math.floor(size / MINUTE)}m`
        : size < 2 * DAY
          ? `${Math.floor(size / HOUR)}h`
          : `${Math.floor(size / DAY)}d`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

/** A length of time as `1m 04s`; `12 ms` below a second. */
export function duration(seconds: number): string {
  if (seconds < 0) return "0s";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < HOUR) return whole < MINUTE ? `${whole}s` : `${Math.floor(whole / MINUTE)}m ${two(whole % MINUTE)}s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)}h ${two(Math.floor((whole % HOUR) / MINUTE))}m`;
  return `${Math.floor(whole / DAY)}d ${two(Math.floor((whole % DAY) / HOUR))}h`;
}

const DATE: Intl.DateTimeFormatOptions = { year: "numeric", month: "2-digit", day: "2-digit" };
const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" };
const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${locale} ${Object.keys(options).join()}`;
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options });
    formats.set(key, found);
  }
  return found;
}

/** ISO date, time and zone: `2026-05-03 02:00:00 GMT+2`, or `2026-05-03 2:00:00 AM GMT+2`, as the settings say. */
export function absolute(at: Date, zone: string): string {
  const text =
    settings().hours === "12"
      ? `${format(zone, "sv-SE", DATE).format(at)} ${format(zone, "en-US", { ...TIME, hour: "numeric" }).format(at)}`
      : format(zone, "sv-SE", { ...DATE, ...TIME }).format(at);
  return text.replace("\u2212", "-").replaceAll("\u202f", " ");
}

/** The zone that times are shown in: the browser's, or UTC, as the settings say. */
export function useZone(): string {
  const { zone } = useSettings();
  return zone === "browser" ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
}
