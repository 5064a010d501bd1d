/** The list of backfills. */

import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import { List, type Column } from "../../parts/list.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { QueryBar, type QueryField } from "../../parts/query_bar.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { count } from "../../text/number.ts";
import { NewBackfill } from "./new_backfill.tsx";
import { Progress } from "./progress.tsx";
import { badOf, countOf, doneOf, isOver, lookOfBackfill, nameOf, type Backfill } from "./states.ts";
import "./backfills.css";

const FIELDS: readonly QueryField[] = [
  { name: "status", about: "how far it is", values: ["running", "paused", "done", "failed", "cancelled", "open", "over"] },
  { name: "asset", about: "an asset it makes" },
  { name: "job", about: "a job it runs" },
  { name: "by", about: "who asked for it" },
];

const VIEWS = { screen: "backfills", list: "backfills", params: ["q"] };

const COLUMNS: readonly Column<Backfill>[] = [
  {
    id: "state",
    title: "State",
    width: 120,
    card: "side",
    cell: (row) => {
      const look = lookOfBackfill(row.status);
      return <Status state={look.state} word={look.word} />;
    },
    text: (row) => row.status,
  },
  {
    id: "name",
    title: "Backfill",
    card: "title",
    cell: (row) => (
      <Link href={`/backfills/${encodeURIComponent(row.backfill_id)}`}>
        <Name text={nameOf(row)} most={60} />
      </Link>
    ),
    text: nameOf,
  },
  { id: "id", title: "Id", width: 90, isOptional: true, cell: (row) => <Ident id={row.backfill_id} />, text: (row) => row.backfill_id },
  { id: "targets", title: "Makes", cell: (row) => <Name text={targetsOf(row)} />, text: targetsOf },
  { id: "progress", title: "Progress", width: 190, card: "line", cell: (row) => <Progress row={row} />, text: (row) => `${doneOf(row)}/${row.total}` },
  {
    id: "failed",
    title: "Failed",
    width: 70,
    isNumeric: true,
    cell: (row) => (badOf(row) === 0 ? "" : count(badOf(row))),
    text: (row) => String(badOf(row)),
  },
  {
    id: "rate",
    title: "Rate",
    width: 70,
    isNumeric: true,
    cell: (row) => rateOf(row),
    text: rateOf,
  },
  { id: "ends", title: "Ends about", width: 100, cell: (row) => <Ends row={row} />, text: (row) => row.ended_at ?? row.ends_at ?? "" },
  { id: "created", title: "Asked", width: 90, card: "line", cell: (row) => <When at={row.created_at} />, text: (row) => row.created_at },
  { id: "by", title: "By", width: 100, cell: (row) => <Name text={row.created_by} most={16} />, text: (row) => row.created_by },
];

function targetsOf(row: Backfill): string {
  const more = row.target_count - row.targets.length;
  return row.targets.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function rateOf(row: Backfill): string {
  if (row.runs_per_hour === null || row.runs_per_hour === undefined) return "";
  return `${row.runs_per_hour < 10 ? row.runs_per_hour.toFixed(1) : count(Math.round(row.runs_per_hour))}/h`;
}

function Ends({ row }: { row: Backfill }) {
  if (isOver(row.status)) return <When at={row.ended_at} />;
  if (row.ends_at) return <When at={row.ends_at} />;
  const waits = countOf(row, "WAITING", "RUNNING") > 0;
  return waits ? <span className="soft" data-tip="Nothing of it ended in the last hour, so nobody can say.">unknown</span> : null;
}

export default function Backfills() {
  const [query, setQuery] = useParam("q");
  const pages = usePages(
    "/api/backfills",
    { query: { q: query || undefined, limit: 100, with_total: true } } as never,
    { topics: ["backfills"], keepsBefore: true },
  );
  const wrong = pages.error?.code === "wrong-query" ? pages.error.detail : undefined;
  return (
    <Page title="Backfills" isFilling actions={<NewBackfill />}>
      <div className="backfills-filter">
        <QueryBar value={query} onChange={setQuery} fields={FIELDS} plain="title, asset, job or who asked" error={wrong} views={VIEWS} />
      </div>
      <Panel answer={{ ...pages, error: wrong === undefined ? pages.error : null, data: pages.data && pages.rows }} isFilling rows={12}>
        {(rows) =>
          rows.length === 0 ? (
            query ? (
              <NothingFits filter={query} onClear={() => setQuery("")} />
            ) : (
              <Empty title="No backfill was asked for yet">
                <p>
                  A backfill makes many partitions in one go. Press <em>New backfill</em> above, or run
                </p>
                <pre>watchbell backfill launch --assets orders --range 2026-05-03...2026-05-09</pre>
              </Empty>
            )
          ) : (
            <List
              name="backfills"
              caption="Backfills, the newest first"
              columns={COLUMNS}
              rows={rows}
              keyOf={(row) => row.backfill_id}
              to={(row) => `/backfills/${encodeURIComponent(row.backfill_id)}`}
              total={pages.total}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
              toneOf={(row) => (countOf(row, "FAILED") > 0 ? "failed" : undefined)}
            />
          )
        }
      </Panel>
    </Page>
  );
}
