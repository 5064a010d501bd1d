/** The columns of the list of automations. */

import { Link } from "wouter";
import type { Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { Strip } from "../../parts/strip.tsx";
import { Switch } from "../../parts/switch.tsx";
import { When } from "../../parts/when.tsx";
import { stateOfTick, Status } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";
import { absolute, duration } from "../../text/time.ts";
import { lookOf, pageOf, typeOf, type Row } from "./place.ts";

interface Acts {
  /** Turns a row on or off. */
  turn: (row: Row, isOn: boolean) => void;
  /** Why nobody may; undefined: it may be done. */
  why: string | undefined;
}

/** The columns, their switches acting so. */
export function columnsOf({ turn, why }: Acts): readonly Column<Row>[] {
  return [
    {
      id: "switch",
      title: "On",
      width: 60,
      card: "side",
      cell: (row) => <Switch isOn={row.is_on} label={`${row.kind} ${row.name}`} onChange={(isOn) => turn(row, isOn)} why={why} />,
      text: (row) => (row.is_on ? "on" : "off"),
    },
    {
      id: "state",
      title: "State",
      width: 136,
      sort: "state",
      cell: (row) => <Status {...withLag(row)} />,
      text: (row) => row.state,
    },
    {
      id: "name",
      title: "Name",
      width: 170,
      sort: "name",
      card: "title",
      cell: (row) => (
        <Link href={pageOf(row)}>
          <Name text={row.name} most={26} />
        </Link>
      ),
      text: (row) => row.name,
    },
    { id: "kind", title: "Kind", width: 106, sort: "kind", cell: (row) => typeOf(row.type), text: (row) => row.type },
    { id: "location", title: "Location", width: 120, sort: "location", isOptional: true, cell: (row) => <Name text={row.location} most={18} />, text: (row) => row.location },
    { id: "target", title: "Target", width: 114, cell: (row) => <Target text={row.target} />, text: (row) => row.target },
    { id: "when", title: "When", width: 150, isOptional: true, cell: (row) => <Name text={row.when} most={24} />, text: (row) => row.when },
    {
      id: "last",
      title: "Last tick",
      sort: "last",
      card: "line",
      cell: (row) => <LastTick row={row} />,
      text: (row) => row.last_tick?.at ?? "",
    },
    { id: "next", title: "Next", width: 68, sort: "next", cell: (row) => <NextTick row={row} />, text: (row) => row.next_at ?? "" },
    { id: "lag", title: "Lag", width: 110, isOptional: true, cell: (row) => <Lag row={row} />, text: (row) => lagText(row) },
    { id: "strip", title: "Last 30 ticks", width: 140, cell: (row) => <LastTicks row={row} />, text: (row) => String(row.strip.length) },
    { id: "runs", title: "24 h", width: 56, isNumeric: true, cell: (row) => count(row.runs_24h), text: (row) => String(row.runs_24h) },
    { id: "owners", title: "Owners", width: 140, isOptional: true, cell: (row) => <Name text={row.owners.join(", ")} most={22} />, text: (row) => row.owners.join(", ") },
    {
      id: "tags",
      title: "Tags",
      width: 160,
      isOptional: true,
      cell: (row) => <Name text={tagsText(row.tags)} most={26} />,
      text: (row) => tagsText(row.tags),
    },
  ];
}

/** Its state, and how far it is behind. */
function withLag(row: Row) {
  const look = lookOf(row.state);
  const behind = lagText(row);
  return behind ? { ...look, word: row.state === "late" ? behind : `${look.word}, ${behind}` } : look;
}

function tagsText(tags: Record<string, string>): string {
  return Object.entries(tags)
    .map(([name, value]) => (value ? `${name}=${value}` : name))
    .join(", ");
}

/** What it starts or looks after; of many assets how many, and the first of them in the tip. */
function Target({ text }: { text: string }) {
  const many = /^([\d,]+ (?:assets|checks)): /.exec(text)?.[1];
  return many === undefined ? <Name text={text} most={18} /> : <span data-tip={text}>{many}</span>;
}

/** State, age and reason of the newest tick; what stands above it, where something does. */
export function LastTick({ row }: { row: Row }) {
  const held = row.quarantine ?? (row.paused_until ? pausedText(row) : null);
  const tick = row.last_tick;
  return (
    <span className="automation-last">
      {held !== null && (
        <bdi className="automation-why" data-tip={held}>
          {held}
        </bdi>
      )}
      {row.state === "late" && <span className="automation-lag automation-behind">{lagText(row)}</span>}
      {tick === null ? (
        held === null && <span className="soft">never</span>
      ) : (
        <Link href={`${pageOf(row)}?tick=${tick.tick_id}`} className="automation-tick">
          <Status state={stateOfTick(tick.status)} isBare={tick.text !== null} />
          <When at={tick.at} />
        </Link>
      )}
      {held === null && tick?.text && (
        <bdi className="automation-why" data-failed={tick.status === "FAILURE" || undefined} data-tip={tick.text}>
          {tick.text}
        </bdi>
      )}
    </span>
  );
}

function pausedText(row: Row): string {
  const until = absolute(new Date(row.paused_until ?? ""), row.timezone ?? "UTC");
  return `paused until ${until}${row.pause_reason ? `: ${row.pause_reason}` : ""}`;
}

/** When it ticks next: relative, with the schedule's own wall time in the tip. */
export function NextTick({ row }: { row: Row }) {
  if (row.next_at === null) return null;
  const own = absolute(new Date(row.next_at), row.timezone ?? "UTC");
  const jitter = row.jitter_seconds > 0 ? `, ${duration(row.jitter_seconds)} after its time (jitter)` : "";
  return (
    <span data-tip={`${own} (${row.timezone ?? "UTC"})${jitter}`}>
      <When at={row.next_at} />
    </span>
  );
}

function Lag({ row }: { row: Row }) {
  const text = lagText(row);
  if (!text) return null;
  return (
    <span className="automation-lag" data-tip={row.lag?.oldest_at ? `the oldest waits since ${absolute(new Date(row.lag.oldest_at), "UTC")}` : undefined}>
      {text}
    </span>
  );
}

/** How far it is behind, in few words. */
export function lagText({ lag }: Row): string {
  if (lag === null) return "";
  if (lag.waiting !== null) return `${count(lag.waiting)}${lag.is_more ? "+" : ""} waiting`;
  return lag.late_seconds === null ? "" : `${duration(lag.late_seconds)} late`;
}

/** The last ticks as a strip, each linked. */
export function LastTicks({ row }: { row: Row }) {
  if (row.strip.length === 0) return null;
  const marks = row.strip.map((tick) => ({
    id: String(tick.tick_id),
    state: stateOfTick(tick.status),
    text: `tick ${tick.tick_id}, ${tick.status.toLowerCase()}, ${tick.run_count > 0 ? `${counted(tick.run_count, "run")}, ` : ""}${absolute(new Date(tick.at), "UTC")}`,
    to: `${pageOf(row)}?tick=${tick.tick_id}`,
  }));
  return (
    <span className="automation-strip">
      <Strip marks={marks} label={`last ticks of ${row.name}`} />
    </span>
  );
}
