/** The runs of a backfill, in the order in which they begin: the same as the grid, as a table. */

import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { SelectField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { NothingFits, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { Status } from "../../state/status.tsx";
import { lookOfPart, PARTS } from "../backfills/states.ts";

type Part = Schemas["PartRow"];

const COLUMNS: readonly Column<Part>[] = [
  { id: "number", title: "No.", width: 70, isNumeric: true, cell: (row) => row.number + 1, text: (row) => String(row.number + 1) },
  {
    id: "state",
    title: "State",
    width: 110,
    card: "side",
    cell: (row) => {
      const look = lookOfPart(row.state);
      return <Status state={look.state} word={look.word} />;
    },
    text: (row) => row.state,
  },
  {
    id: "for",
    title: "For",
    card: "title",
    cell: (row) =>
      row.run_id ? (
        <Link href={`/runs/${encodeURIComponent(row.run_id)}`}>
          <Name text={row.label || row.run_id.slice(0, 8)} />
        </Link>
      ) : (
        <Name text={row.label} />
      ),
    text: (row) => row.label,
  },
  { id: "makes", title: "Makes", card: "line", cell: (row) => <Name text={row.makes} />, text: (row) => row.makes },
  { id: "attempt", title: "Attempt", width: 80, isNumeric: true, cell: (row) => row.attempt || "", text: (row) => String(row.attempt) },
  { id: "note", title: "Why", cell: (row) => <span title={row.note}>{row.note.split("\n")[0]}</span>, text: (row) => row.note },
  { id: "needs", title: "Needs no.", width: 120, isOptional: true, cell: (row) => <Name text={row.needs} most={16} />, text: (row) => row.needs },
];

const STATES = [{ value: "", title: "all" }, ...Object.entries(PARTS).map(([value, look]) => ({ value, title: look.word }))];

export function Parts({ backfillId, topics }: { backfillId: string; topics: readonly string[] }) {
  const [state, setState] = useParam("state");
  const pages = usePages(
    "/api/backfills/{backfill_id}/parts",
    { path: { backfill_id: backfillId }, query: { limit: 200, state: state ? [state as Part["state"]] : undefined } } as never,
    { topics, keepsBefore: true },
  );
  return (
    <>
      <div className="backfill-filter">
        <SelectField label="Show" value={state} onChange={setState} choices={STATES} />
      </div>
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} isFilling rows={10}>
        {(rows) =>
          rows.length === 0 ? (
            <NothingFits filter={lookOfPart(state).word} onClear={() => setState("")} />
          ) : (
            <List
              name="backfill-parts"
              caption="Runs of the backfill, in the order in which they begin"
              columns={COLUMNS}
              rows={rows}
              keyOf={(row) => String(row.number)}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
              toneOf={(row) => (row.state === "FAILED" ? "failed" : undefined)}
            />
          )
        }
      </Panel>
    </>
  );
}
