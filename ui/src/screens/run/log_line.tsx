/** One line of a log: time, level, step, first line of the message, with what was searched for marked. */

import { memo } from "react";
import { absolute, useZone } from "../../text/time.ts";
import type { Entry } from "./use_log.ts";

interface Props {
  entry: Entry;
  top: number;
  height: number;
  /** In small letters or not: what is marked. */
  find: string;
  isPicked: boolean;
  hidesStep: boolean;
  pick: (event: string) => void;
}

const SHOWN_CHARS = 600;

export const LogLine = memo(function LogLine({ entry, top, height, find, isPicked, hidesStep, pick }: Props) {
  const zone = useZone();
  const full = absolute(new Date(entry.at), zone);
  const line = firstLine(entry);
  return (
    <li className="run-log-line" style={{ top, height }} data-level={isPrinted(entry) ? undefined : levelOf(entry.level)} data-source={entry.source} data-picked={isPicked || undefined}>
      <button type="button" className="run-log-pick" aria-pressed={isPicked} onClick={() => pick(isPicked ? "" : entry.id)}>
        <time dateTime={entry.at} title={full}>
          {full.slice(11, 19)}
        </time>
        <span className="run-log-level" title={isPrinted(entry) ? entry.source : undefined}>
          {sign(entry)}
          {isPrinted(entry) && <span className="visually-hidden">{entry.source}</span>}
        </span>
        {!hidesStep && <span className="run-log-step">{entry.step}</span>}
        <bdi className="run-log-message">{marked(line, find)}</bdi>
      </button>
    </li>
  );
});

/** What entries without a message say. */
const WORDS: Record<string, string> = { RUN_ENQUEUED: "the run is in the queue", RUN_DEQUEUED: "the run has left the queue", RUN_STARTING: "a process is started for the run" };

function firstLine(entry: Entry): string {
  const text = entry.message || WORDS[entry.kind] || entry.kind;
  const end = text.indexOf("\n");
  const line = end < 0 ? text : `${text.slice(0, end)} …`;
  const whole = entry.error !== null && !line.includes(entry.error.message.split("\n")[0] ?? "") ? `${line} ${entry.error.kind}: ${entry.error.message.split("\n")[0]}` : line;
  return whole.length > SHOWN_CHARS ? `${whole.slice(0, SHOWN_CHARS)}…` : whole;
}

function isPrinted(entry: Entry): boolean {
  return entry.source !== "events";
}

function levelOf(level: number): "debug" | "info" | "warning" | "error" {
  return level >= 40 ? "error" : level >= 30 ? "warning" : level >= 20 ? "info" : "debug";
}

const SIGNS: Record<string, string> = { STEP_SUCCESS: "✓", STEP_FAILURE: "✕", STEP_START: "▶", STEP_SKIPPED: "⊘", RUN_SUCCESS: "✓", RUN_FAILURE: "✕", STEP_UP_FOR_RETRY: "↻", ASSET_MATERIALIZATION: "◆" };

function sign(entry: Entry): string {
  if (isPrinted(entry)) return entry.source === "stderr" ? "»" : "›";
  if (entry.kind) return SIGNS[entry.kind] ?? "·";
  return { debug: "D", info: "I", warning: "W", error: "E" }[levelOf(entry.level)];
}

function marked(line: string, find: string) {
  const wanted = find.toLowerCase();
  if (!wanted) return line;
  const parts = [];
  const small = line.toLowerCase();
  let from = 0;
  for (let at = small.indexOf(wanted); at >= 0; at = small.indexOf(wanted, from)) {
    parts.push(line.slice(from, at), <mark key={at}>{line.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  parts.push(line.slice(from));
  return parts;
}
