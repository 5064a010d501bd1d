/** Times in fields: the wall time of a zone, and the instant that it means. */

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: Date, zone: string): Record<string, string> {
  let found = formats.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, found);
  }
  return Object.fromEntries(found.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** An instant as fields of date and time have it, in a zone: `2026-05-03T02:00`; empty if the text is no instant. */
export function wallOf(at: string, zone: string): string {
  const instant = new Date(at);
  if (at === "" || Number.isNaN(instant.getTime())) return "";
  const { year, month, day, hour, minute, second } = parts(instant, zone);
  const text = `${year}-${month}-${day}T${hour}:${minute}`;
  return second === "00" ? text : `${text}:${second}`;
}

/** The instant of a wall time in a zone, in UTC; empty if it is none. Of a time that comes twice it is the first. */
export function instantOf(wall: string, zone: string): string {
  const asUtc = Date.parse(`${wall}Z`);
  if (wall === "" || Number.isNaN(asUtc)) return "";
  const offset = (at: number) => Date.parse(`${wallOf(new Date(at).toISOString(), zone)}Z`) - Math.floor(at / 1000) * 1000;
  const before = asUtc - offset(asUtc - 24 * 3_600_000); // the offset of the day before holds until the clock changes
  const found = before + offset(before) === asUtc ? before : asUtc - offset(before);
  return new Date(found).toISOString().replace(".000Z", "Z");
}
