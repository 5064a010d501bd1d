/** Partitions one by one, in a list; a row opens what is known of one. */

import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { SelectField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { OF_PARTITION } from "../../text/asset.ts";

type Row = Schemas["PartitionRow"];
type State = "failed" | "in_progress" | "planned" | "stale" | "made" | "missing";

const STATES = [{ value: "", title: "all" }, ...Object.entries(OF_PARTITION).map(([value, look]) => ({ value, title: look.word }))];
const keyOf = (row: Row) => row.key;

export function PartitionList({ assetKey, open, setOpen }: { assetKey: string; open: string; setOpen: (key: string) => void }) {
  const [state, setState] = useParam("state", "");
  const known = state in OF_PARTITION ? (state as State) : null;
  const params = { query: { key: assetKey, newest_first: true, with_total: true, state: known === null ? undefined : [known] } };
  const pages = usePages("/api/asset/partitions", params, { topics: [`asset:${assetKey}`, "partitions"], keepsBefore: true });
  const columns: Column<Row>[] = [
    {
      id: "key",
      title: "Partition",
      card: "title",
      cell: (row) => (
        <button type="button" className="asset-open" aria-expanded={open === row.key} onClick={() => setOpen(open === row.key ? "" : row.key)}>
          <Name text={row.key} />
        </button>
      ),
      text: keyOf,
    },
    { id: "state", title: "State", width: 140, card: "side", cell: (row) => <Status state={OF_PARTITION[row.state]?.state ?? "never"} word={OF_PARTITION[row.state]?.word} />, text: (row) => row.state },
    { id: "made", title: "Made", width: 110, card: "line", cell: (row) => <When at={row.made_at} />, text: (row) => row.made_at ?? "" },
    { id: "version", title: "Data version", width: 120, cell: (row) => row.data_version && <Ident id={row.data_version} />, text: (row) => row.data_version ?? "" },
  ];
  return (
    <section aria-label="list of partitions">
      <div className="asset-tools">
        <SelectField label="List" value={known ?? ""} choices={STATES} onChange={setState} />
      </div>
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} rows={8}>
        {(rows) =>
          rows.length === 0 ? (
            known === null ? (
              <Empty title="Nothing is known of any partition yet" />
            ) : (
              <NothingFits filter={OF_PARTITION[known]?.word ?? known} onClear={() => setState("")} />
            )
          ) : (
            <div className="asset-events">
              <List
                name="partitions"
                caption={`Partitions of ${assetKey}, the newest first`}
                columns={columns}
                rows={rows}
                keyOf={keyOf}
                total={pages.total}
                hasMore={pages.hasNextPage}
                isFetchingMore={pages.isFetchingNextPage}
                fetchMore={() => void pages.fetchNextPage()}
              />
            </div>
          )
        }
      </Panel>
    </section>
  );
}
