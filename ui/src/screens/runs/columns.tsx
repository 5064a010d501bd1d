/** The columns of the list of runs. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import type { Column } from "../../parts/list.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { RunDuration, RunState, targetText, TriggerLink, triggerText, WaitingText } from "../../parts/run_words.tsx";
import { When } from "../../parts/when.tsx";
import { Status, type State } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";

export type Row = Schemas["RunRow"];

/** The address a row opens: its run, or all runs of its backfill. */
export function addressOf(row: Row): string {
  return row.fold === null ? `/runs/${row.run_id}` : `/runs?q=${encodeURIComponent(`backfill:${row.fold.backfill_id}`)}`;
}

export const COLUMNS: readonly Column<Row>[] = [
  {
    id: "state",
    title: "State",
    width: 118,
    card: "side",
    cell: (row) => (row.fold === null ? <RunState run={row} /> : <FoldState fold={row.fold} />),
    text: (row) => (row.is_lost ? "LOST" : row.status),
  },
  { id: "run", title: "Run", width: 92, cell: (row) => (row.fold === null ? <Ident id={row.run_id} /> : null), text: (row) => row.run_id },
  {
    id: "target",
    title: "Target",
    card: "title",
    cell: (row) => (
      <Link href={addressOf(row)}>
        {row.fold === null ? <Name text={targetText(row)} /> : `Backfill ${row.fold.backfill_id.slice(0, 8)}: ${counted(row.fold.total, "run")}`}
      </Link>
    ),
    text: targetText,
  },
  {
    id: "trigger",
    title: "Trigger",
    width: 176,
    cell: (row) => (row.fold === null ? <TriggerLink trigger={row.trigger} /> : <Name text={row.job} most={30} />),
    text: (row) => triggerText(row.trigger),
  },
  { id: "created", title: "Created", width: 104, sort: "created", cell: (row) => <When at={row.created_at} />, text: (row) => row.created_at ?? "" },
  { id: "started", title: "Started", width: 104, sort: "started", isOptional: true, cell: (row) => <When at={row.started_at} />, text: (row) => row.started_at ?? "" },
  { id: "ended", title: "Ended", width: 104, sort: "ended", isOptional: true, cell: (row) => <When at={row.ended_at} />, text: (row) => row.ended_at ?? "" },
  {
    id: "duration",
    title: "Duration",
    width: 134,
    sort: "duration",
    cell: (row) => (row.fold === null ? <RunDuration run={row} /> : null),
    text: (row) => (row.duration_seconds === null ? "" : String(row.duration_seconds)),
  },
  {
    id: "about",
    title: "Error or waiting for",
    card: "line",
    cell: (row) => (
      <>
        <span className="runs-card-when">
          <When at={row.created_at} />{" "}
        </span>
        <About row={row} />
      </>
    ),
    text: (row) => row.error ?? row.waiting?.text ?? "",
  },
  { id: "location", title: "Location", width: 120, isOptional: true, cell: (row) => <Name text={row.location ?? ""} most={18} />, text: (row) => row.location ?? "" },
  { id: "priority", title: "Priority", width: 80, isOptional: true, isNumeric: true, cell: (row) => row.priority, text: (row) => String(row.priority) },
];

function About({ row }: { row: Row }) {
  if (row.fold !== null) return row.fold.failed > 0 ? <span className="runs-error">{count(row.fold.failed)} failed</span> : null;
  if (row.is_lost) return <span className="runs-error">its process is gone</span>;
  if (row.error !== null) {
    const text = row.failed_step === null ? row.error : `${row.failed_step}: ${row.error}`;
    return (
      <bdi className="runs-error" data-tip={text}>
        {text}
      </bdi>
    );
  }
  return row.waiting === null ? null : <WaitingText waiting={row.waiting} />;
}

const PARTS: readonly [State, "failed" | "running" | "queued" | "done" | "cancelled"][] = [
  ["failed", "failed"],
  ["running", "running"],
  ["queued", "queued"],
  ["cancelled", "cancelled"],
  ["done", "done"],
];

/** Of a backfill the state that matters most, and how many are in it. */
function FoldState({ fold }: { fold: Schemas["BackfillFold"] }) {
  const [state, name] = PARTS.find(([, each]) => fold[each] > 0) ?? ["never", "done"];
  return <Status state={state} word={`${count(fold[name])} ${name}`} />;
}
