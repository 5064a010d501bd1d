/** When an asset was made and looked at; a row opens what was said. */

import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { SelectField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { Newest, RunLink } from "./now.tsx";

type Made = Schemas["MadeShape"];
const KINDS = [
  { value: "any", title: "both" },
  { value: "materialization", title: "materializations" },
  { value: "observation", title: "observations" },
];
const FACTS_SHOWN = 3;
const keyOf = (row: Made) => String(row.id);

export function Events({ assetKey }: { assetKey: string }) {
  const [kind, setKind] = useParam("kind", "any");
  const [partition, setPartition] = useParam("partition", "");
  const [open, setOpen] = useParam("event", "");
  const known = kind === "materialization" || kind === "observation" ? kind : "any";
  const params = { query: { key: assetKey, kind: known, partition: partition || undefined } as const };
  const pages = usePages("/api/asset/events", params, { topics: [`asset:${assetKey}`], keepsBefore: true });
  const columns: Column<Made>[] = [
    {
      id: "at",
      title: "At",
      width: 110,
      card: "side",
      cell: (row) => (
        <button type="button" className="asset-open" aria-expanded={open === keyOf(row)} onClick={() => setOpen(open === keyOf(row) ? "" : keyOf(row))}>
          <When at={row.at} />
        </button>
      ),
      text: (row) => row.at,
    },
    { id: "kind", title: "What", width: 140, card: "title", cell: (row) => <Status state={row.kind === "materialization" ? "done" : "skipped"} word={row.kind === "materialization" ? "made" : "observed"} />, text: (row) => row.kind },
    { id: "partition", title: "Partition", width: 150, card: "line", cell: (row) => <bdi className="mono">{row.partition}</bdi>, text: (row) => row.partition ?? "" },
    { id: "run", title: "Run", width: 110, cell: (row) => (row.run_id ? <RunLink id={row.run_id} /> : <span className="soft">reported</span>), text: (row) => row.run_id ?? "" },
    { id: "facts", title: "Says", cell: (row) => <bdi className="asset-says">{says(row)}</bdi>, text: says },
  ];
  const shown = pages.rows.find((row) => keyOf(row) === open);
  return (
    <div className="asset-tab">
      <div className="asset-tools">
        <SelectField label="Show" value={known} choices={KINDS} onChange={setKind} />
        {partition !== "" && <Button onPress={() => setPartition("")}>Of all partitions, not only {partition}</Button>}
      </div>
      {shown !== undefined && (
        <section className="asset-opened" aria-label="the opened event">
          <Newest made={shown} />
          <Button isSmall onPress={() => setOpen("")}>
            Close
          </Button>
        </section>
      )}
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} rows={10}>
        {(rows) =>
          rows.length === 0 ? (
            known !== "any" || partition !== "" ? (
              <NothingFits filter={[known, partition].join(" ")} onClear={() => { setKind("any"); setPartition(""); }} />
            ) : (
              <Empty title="Nothing happened to it yet">
                <p>It was never made, and nobody reported anything. Materialise it, or report what happened elsewhere.</p>
              </Empty>
            )
          ) : (
            <div className="asset-events">
              <List
                name="asset-events"
                caption={`Events of ${assetKey}, the newest first`}
                columns={columns}
                rows={rows}
                keyOf={keyOf}
                hasMore={pages.hasNextPage}
                isFetchingMore={pages.isFetchingNextPage}
                fetchMore={() => void pages.fetchNextPage()}
              />
            </div>
          )
        }
      </Panel>
    </div>
  );
}

function says(row: Made): string {
  const facts = row.metadata.slice(0, FACTS_SHOWN).map((fact) => `${fact.label}: ${short(fact.value)}`);
  return [row.description, ...facts].filter(Boolean).join(" · ");
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
