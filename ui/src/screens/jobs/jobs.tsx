/** The list of jobs. */

import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { List, type Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { QueryBar, type QueryField } from "../../parts/query_bar.tsx";
import { Strip } from "../../parts/strip.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { stateOfRun, Status } from "../../state/status.tsx";
import { duration } from "../../text/time.ts";
import { jobAddress, marksOf, type JobRow } from "./marks.ts";
import "./jobs.css";

const FIELDS: readonly QueryField[] = [
  { name: "status", about: "how the last run ended", values: ["failed", "done", "running", "queued", "cancelled", "never"] },
  { name: "job", about: "name; * stands for anything" },
  { name: "location", about: "code location" },
  { name: "owner", about: "who answers for it" },
  { name: "tag", about: "tag of its runs, key or key=value" },
];

const COLUMNS: readonly Column<JobRow>[] = [
  {
    id: "last",
    title: "Last",
    width: 110,
    card: "side",
    sort: "last",
    cell: (row) => <Status state={lastOf(row)} />,
    text: lastOf,
  },
  {
    id: "name",
    title: "Job",
    card: "title",
    sort: "name",
    cell: (row) => (
      <Link href={jobAddress(row)}>
        <Name text={row.name} />
      </Link>
    ),
    text: (row) => row.name,
  },
  { id: "strip", title: "Last 20 runs", width: 250, cell: (row) => (row.marks.length > 0 ? <Strip label={`runs of ${row.name}`} marks={marksOf(row.marks)} /> : "") },
  {
    id: "next",
    title: "Next",
    width: 90,
    sort: "next",
    card: "line",
    cell: (row) => (
      <span data-tip={row.next_by ? `by ${row.next_by}` : undefined}>
        <When at={row.next_at} />
      </span>
    ),
    text: (row) => row.next_at ?? "",
  },
  { id: "usual", title: "Usually", width: 90, sort: "usual", isNumeric: true, cell: usualOf, text: usualOf },
  { id: "owner", title: "Owner", width: 130, cell: (row) => <Name text={row.owners.join(", ")} most={20} />, text: (row) => row.owners.join(" ") },
  { id: "location", title: "Location", width: 110, card: "line", cell: (row) => <Name text={row.location} most={18} />, text: (row) => row.location },
  { id: "tags", title: "Tags", width: 160, isOptional: true, cell: (row) => <Name text={tagsOf(row)} most={26} />, text: tagsOf },
  { id: "ops", title: "Steps", width: 70, isOptional: true, isNumeric: true, cell: (row) => row.op_count, text: (row) => String(row.op_count) },
];

function lastOf(row: JobRow) {
  const last: Schemas["JobMark"] | undefined = row.marks.at(-1);
  return last === undefined ? "never" : stateOfRun(last.status, last.is_lost);
}

function usualOf(row: JobRow): string {
  return row.usual_seconds === null || row.usual_seconds === undefined ? "" : duration(row.usual_seconds);
}

function tagsOf(row: JobRow): string {
  return Object.entries(row.tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

const SORTS = ["name", "-name", "next", "-next", "usual", "-usual", "last", "-last"] as const;

const VIEWS = { screen: "jobs", list: "jobs", params: ["q", "sort"] };

export default function Jobs() {
  const [query, setQuery] = useParam("q");
  const [sort, setSort] = useParam("sort", "name");
  const by = SORTS.find((each) => each === sort) ?? "name";
  const pages = usePages(
    "/api/jobs",
    { query: { q: query || undefined, sort: by, limit: 100, with_total: true } } as never,
    { topics: ["runs", "locations", "automations"], keepsBefore: true },
  );
  const wrong = pages.error?.code === "wrong-query" ? pages.error.detail : undefined;
  return (
    <Page title="Jobs" isFilling>
      <div className="jobs-filter">
        <QueryBar value={query} onChange={setQuery} fields={FIELDS} plain="name of the job" error={wrong} views={VIEWS} />
      </div>
      <Panel answer={{ ...pages, error: wrong === undefined ? pages.error : null, data: pages.data && pages.rows }} isFilling rows={12}>
        {(rows) =>
          rows.length === 0 ? (
            query ? (
              <NothingFits filter={query} onClear={() => setQuery("")} />
            ) : (
              <Empty title="The code defines no jobs">
                <p>A job is a graph of ops, or a selection of assets:</p>
                <pre>{'from watchbell import define_asset_job\n\nnightly = define_asset_job("nightly", selection="group:marts")'}</pre>
              </Empty>
            )
          ) : (
            <List
              name="jobs"
              caption="Jobs, by name"
              columns={COLUMNS}
              rows={rows}
              keyOf={(row) => `${row.location} ${row.name}`}
              to={jobAddress}
              total={pages.total}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
              sort={by}
              onSort={setSort}
              toneOf={(row) => (lastOf(row) === "failed" ? "failed" : undefined)}
            />
          )
        }
      </Panel>
    </Page>
  );
}
