/** What lists and pages of runs say alike: a run in a link, what asked for it, how long it took, what it waits for. */

import { Link } from "wouter";
import type { Schemas } from "../api/types.ts";
import { stateOfRun, Status } from "../state/status.tsx";
import { duration } from "../text/time.ts";
import { Name } from "./name.tsx";
import { useNow } from "./when.tsx";
import "./run_words.css";

type Row = Schemas["RunRow"];
type Ref = Schemas["RunRef"];

const WORDS: Record<string, string> = { STARTING: "starting", CANCELING: "stopping", NOT_STARTED: "not queued" };

/** A run's state. */
export function RunState({ run, isBare }: { run: { status: string; is_lost?: boolean }; isBare?: boolean }) {
  const word = run.is_lost ? undefined : WORDS[run.status];
  return <Status state={stateOfRun(run.status, run.is_lost)} {...(word === undefined ? {} : { word })} {...(isBare ? { isBare } : {})} />;
}

/** What a run makes, in a line. */
export function targetText(run: Row): string {
  const what = run.assets.length > 0 ? assetsText(run) : run.job.startsWith("__") ? "chosen assets" : run.job;
  return run.partition ? `${what} · ${run.partition}` : what;
}

function assetsText(run: Row): string {
  const [first = ""] = run.assets;
  return run.asset_count > 1 ? `${first} and ${run.asset_count - 1} more` : first;
}

/** A run that is spoken of, as a link with its state. */
export function RunLink({ run, isLost = false }: { run: Ref; isLost?: boolean }) {
  if (run.status === null) return <span className="mono">{run.run_id.slice(0, 8)} (deleted)</span>;
  return (
    <Link href={`/runs/${run.run_id}`} className="run-link">
      <RunState run={{ status: run.status, is_lost: isLost }} isBare /> <span className="mono">{run.run_id.slice(0, 8)}</span> <Name text={run.job} most={32} />
    </Link>
  );
}

/** What asked for a run, in words. */
export function triggerText({ kind, name, id, who }: Schemas["Trigger"]): string {
  switch (kind) {
    case "schedule":
    case "sensor":
      return `${kind} ${name}`;
    case "condition":
      return `conditions (${name})`;
    case "backfill":
      return `backfill ${name}`;
    case "retry":
      return `retry of ${id?.slice(0, 8) ?? "a run"}`;
    case "again":
      return `${who ?? "somebody"} ran ${id?.slice(0, 8) ?? "it"} again`;
    default:
      return who ?? "somebody";
  }
}

/** The same, linked to its own page. */
export function TriggerLink({ trigger }: { trigger: Schemas["Trigger"] }) {
  const text = triggerText(trigger);
  const to = triggerAddress(trigger);
  return to === null ? (
    <span>{text}</span>
  ) : (
    <Link href={to}>
      <Name text={text} most={34} />
    </Link>
  );
}

function triggerAddress({ kind, name, location, id }: Schemas["Trigger"]): string | null {
  if (kind === "person") return null;
  if (kind === "retry" || kind === "again") return `/runs/${id ?? ""}`;
  if (kind === "backfill") return `/backfills/${encodeURIComponent(id ?? "")}`;
  return !location ? `/runs?q=${encodeURIComponent(`trigger:"${name}"`)}` : automationAddress(kind, location, name);
}

/** The page of a schedule or sensor; conditions are evaluated by a sensor. */
export function automationAddress(kind: string, location: string, name: string): string {
  return `/automation/${kind === "schedule" ? "schedule" : "sensor"}/${encodeURIComponent(location)}/${encodeURIComponent(name)}`;
}

/** How long a run took, or takes, with a bar against what is usual for its job. */
export function RunDuration({ run }: { run: Row }) {
  const now = useNow();
  if (run.started_at === null) return null;
  const end = run.ended_at === null ? now.getTime() : new Date(run.ended_at).getTime();
  const seconds = Math.max(0, (end - new Date(run.started_at).getTime()) / 1000);
  const { usual } = run;
  const isLong = usual !== null && seconds > usual.high_seconds * 1.25 && seconds - usual.high_seconds > 1;
  return (
    <span className="run-duration" data-tip={usual === null ? undefined : usualText(usual)}>
      <span className="run-duration-text" data-long={isLong || undefined}>
        {isLong && <span aria-hidden="true">! </span>}
        {duration(seconds)}
        {isLong && <span className="visually-hidden">, longer than usual</span>}
      </span>
      {usual !== null && <DurationBar seconds={seconds} usual={usual} />}
    </span>
  );
}

/** What is usual, in words. */
export function usualText(usual: Schemas["UsualDuration"]): string {
  return `usually ${duration(usual.low_seconds)} to ${duration(usual.high_seconds)} (last ${usual.runs} good runs)`;
}

function DurationBar({ seconds, usual }: { seconds: number; usual: Schemas["UsualDuration"] }) {
  const scale = Math.max(seconds, usual.high_seconds * 1.2) || 1;
  const at = (value: number) => (value / scale) * 48;
  return (
    <svg className="run-duration-bar" width="48" height="10" viewBox="0 0 48 10" aria-hidden="true">
      <rect className="run-duration-usual" x={at(usual.low_seconds)} y="0" width={Math.max(1, at(usual.high_seconds) - at(usual.low_seconds))} height="10" />
      <rect className="run-duration-own" x="0" y="3" width={Math.max(1, at(seconds))} height="4" />
    </svg>
  );
}

/** What a run waits for, and for whom. */
export function WaitingText({ waiting }: { waiting: Schemas["Waiting"] }) {
  const [first] = waiting.runs;
  const place = waiting.place === null || waiting.reason === "limit" || waiting.reason === "turn" ? "" : ` · place ${waiting.place}`;
  return (
    <span className="run-waiting">
      {waiting.text}
      {place}
      {first !== undefined && (
        <>
          {" · waits for "}
          <RunLink run={first} />
          {waiting.runs.length > 1 && ` and ${waiting.runs.length - 1} more`}
        </>
      )}
    </span>
  );
}
