/** The columns of the list of runs. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import type { Column } from "../../parts/list.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { RunDuration, RunState, targetText, TriggerLink, triggerText, WaitingText } from "../../parts/run_words.tsx";
import { When } from "../../parts/when.tsx";
import { Status, type State } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";
import type { Folds } from "./use_folds.ts";

export type Row = Schemas["RunRow"];

/** What a row is called: a run, or a backfill whose runs it stands for. */
export function keyOf(row: Row): string {
  return row.fold === null ? row.run_id : `backfill ${row.fold.backfill_id}`;
}

/**
 * The columns.
 *
 * @param folds which backfills are opened, and how they are
 */
export function columnsWith(folds: Folds): readonly Column<Row>[] {
  return COLUMNS.map((each) => (each.id === "target" ? { ...each, cell: (row: Row) => <Target row={row} folds={folds} /> } : each));
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: "state",
    title: "State",
    width: 106,
    card: "side",
    cell: (row) => (row.fold === null ? <RunState run={row} /> : <FoldState fold={row.fold} />),
    text: (row) => (row.is_lost ? "LOST" : row.status),
  },
  { id: "run", title: "Run", width: 86, cell: (row) => (row.fold === null ? <Ident id={row.run_id} /> : null), text: (row) => row.run_id },
  {
    id: "target",
    title: "Target",
    part: 20, // what failed, or is waited for, has the rest
    card: "title",
    cell: () => null,
    text: targetText,
  },
  {
    id: "trigger",
    title: "Trigger",
    width: 150,
    cell: (row) => (row.fold === null ? <TriggerLink trigger={row.trigger} /> : <Link href={`/backfills/${row.fold.backfill_id}`}>its page</Link>),
    text: (row) => triggerText(row.trigger),
  },
  { id: "created", title: "Created", width: 94, sort: "created", cell: (row) => <When at={row.created_at} />, text: (row) => row.created_at ?? "" },
  { id: "started", title: "Started", width: 104, isOptional: true, cell: (row) => <When at={row.started_at} />, text: (row) => row.started_at ?? "" },
  { id: "ended", title: "Ended", width: 104, sort: "ended", isOptional: true, cell: (row) => <When at={row.ended_at} />, text: (row) => row.ended_at ?? "" },
  {
    id: "duration",
    title: "Duration",
    width: 128,
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

function Target({ row, folds }: { row: Row; folds: Folds }) {
  if (row.fold === null) {
    return (
      <Link href={`/runs/${row.run_id}`}>
        <Name text={targetText(row)} />
      </Link>
    );
  }
  const { backfill_id: id, total } = row.fold;
  const isOpen = folds.has(id);
  return (
    <button type="button" className="runs-fold" aria-expanded={isOpen} aria-busy={folds.isBusy(id) || undefined} onClick={() => folds.flip(id)}>
      <span aria-hidden="true">{folds.isBusy(id) ? "…" : isOpen ? "▾" : "▸"}</span>
      <span>
        Backfill {id.slice(0, 8)}: {counted(total, "run")}
      </span>
    </button>
  );
}

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
