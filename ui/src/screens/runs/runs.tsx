/** The list of runs. */

import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { List, type Column } from "../../parts/list.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { stateOfRun, Status } from "../../state/status.tsx";

type Row = Schemas["RunRow"];

const COLUMNS: readonly Column<Row>[] = [
  { id: "state", title: "State", width: 110, card: "side", cell: (row) => <Status state={stateOfRun(row.status)} />, text: (row) => row.status },
  { id: "run", title: "Run", width: 90, cell: (row) => <Ident id={row.run_id} />, text: (row) => row.run_id },
  {
    id: "target",
    title: "Target",
    card: "title",
    cell: (row) => (
      <Link href={`/runs/${row.run_id}`}>
        <Name text={row.job} />
      </Link>
    ),
    text: (row) => row.job,
  },
  { id: "started", title: "Created", width: 110, card: "line", cell: (row) => <When at={row.created_at} />, text: (row) => row.created_at ?? "" },
];

export default function Runs() {
  const pages = usePages("/api/runs", { query: { with_total: true } }, { topics: ["runs"] });
  return (
    <Page title="Runs" isFilling>
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} isFilling rows={12}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="Nothing has run yet" />
          ) : (
            <List
              name="runs"
              caption="Runs, the newest first"
              columns={COLUMNS}
              rows={rows}
              keyOf={(row) => row.run_id}
              total={pages.total}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
            />
          )
        }
      </Panel>
    </Page>
  );
}
