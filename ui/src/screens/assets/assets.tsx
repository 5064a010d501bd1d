/** The catalog: all assets, as a tree and a list; what is wrong with them, and what to do with many. */

import { useState } from "react";
import { usePages } from "../../api/hooks.ts";
import { BulkBar } from "../../parts/bulk_bar.tsx";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { List } from "../../parts/list.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { QueryBar, type QueryField } from "../../parts/query_bar.tsx";
import { useSelection } from "../../parts/selection.ts";
import { useParam } from "../../parts/url.ts";
import { useWhyNot } from "../../state/caller.ts";
import { BulkDialog } from "../automation/acts.tsx";
import { idOf } from "../automation/place.ts";
import { BackfillDialog } from "../backfills/backfill_dialog.tsx";
import { COLUMNS, type AssetRow } from "./columns.tsx";
import { everyKey } from "./every_key.ts";
import { MaterializeDialog } from "./materialize_dialog.tsx";
import { Tree } from "./tree.tsx";
import { WipeDialog } from "./wipe_dialog.tsx";
import "./assets.css";

const FIELDS: readonly QueryField[] = [
  { name: "state", about: "how it stands", values: ["failed", "running", "stale", "done", "never", "external"] },
  { name: "group", about: "its group" },
  { name: "prefix", about: "the first parts of its key" },
  { name: "kind", about: "what it is made with" },
  { name: "owner", about: "who answers for it" },
  { name: "tag", about: "name, or name=value" },
  { name: "fresh", about: "how fresh it is", values: ["pass", "warn", "late", "unknown"] },
  { name: "checks", about: "what its checks found", values: ["failed", "warned", "any", "none"] },
  { name: "automation", about: "whether something makes it by itself", values: ["on", "off", "none"] },
  { name: "partitions", about: "whether it has partitions", values: ["yes", "no"] },
  { name: "location", about: "its code location" },
];
const VIEWS = { screen: "assets", list: "assets", params: ["q", "select", "sort", "by"] };
const keyOf = (row: AssetRow) => row.key;

interface Asked {
  what: "materialize" | "backfill" | "wipe" | "on" | "off";
  keys: string[];
}

export default function Assets() {
  const [query, setQuery] = useParam("q", "", true);
  const [chosen, setChosen] = useParam("select", "");
  const [sort, setSort] = useParam("sort", "key");
  const selection = useSelection();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isBusy, setBusy] = useState(false);
  const why = useWhyNot("operator");
  const whyAdmin = useWhyNot("admin");
  const params = { query: { q: query || undefined, selection: chosen || undefined, sort: sort === "key" ? undefined : sort, with_total: true } };
  const pages = usePages("/api/assets", params, { topics: ["assets", "partitions", "checks", "locations"], keepsBefore: true });
  const problem = pages.error?.code === "wrong-query" ? pages.error.detail : undefined;
  const wrongSelection = pages.error?.code === "wrong-selection" ? pages.error.detail : undefined;
  const isFiltered = query !== "" || chosen !== "";
  const ask = async (what: Asked["what"]) => {
    setBusy(true);
    try {
      setAsked({ what, keys: selection.isAll ? await everyKey(query, chosen) : [...selection.ids] });
    } finally {
      setBusy(false);
    }
  };
  const rows = pages.rows;
  const locations = [...new Set(rows.filter((row) => asked?.keys.includes(row.key)).map((row) => row.location))];
  const selectedLocations = new Set(rows.filter((row) => selection.has(row.key)).map((row) => row.location));
  const automations = selection.isAll ? [] : automationsOf(rows.filter((row) => selection.has(row.key)));
  const notSwitched = selection.isAll
    ? "Select the assets one by one; all that match may be more than are loaded."
    : automations.length === 0
      ? "No schedule and no condition makes what is selected."
      : undefined;
  return (
    <Page title="Assets" isFilling actions={
        <>
          <ButtonLink to={graphAddress(query, chosen)}>Graph</ButtonLink>
          <ButtonLink to="/checks">Checks</ButtonLink>
        </>
      }>
      <div className="assets-filters">
        <QueryBar value={query} onChange={setQuery} fields={FIELDS} plain="part of the key" error={problem} views={VIEWS} />
        <SelectionField value={chosen} onChange={setChosen} error={wrongSelection} />
      </div>
      <div className="assets">
        <Tree selection={wrongSelection === undefined ? chosen : ""} />
        <div className="assets-list">
          <BulkBar selection={selection} noun="asset" loaded={rows.length} total={pages.total}>
            <Button isSmall kind="primary" why={why} isBusy={isBusy} onPress={() => void ask("materialize")}>
              Materialise…
            </Button>
            <Button isSmall why={why ?? (selectedLocations.size > 1 ? "They are of several code locations; a backfill is of one." : undefined)} isBusy={isBusy} onPress={() => void ask("backfill")}>
              Backfill…
            </Button>
            <Button isSmall why={why ?? notSwitched} onPress={() => setAsked({ what: "on", keys: [] })}>
              Automation on…
            </Button>
            <Button isSmall why={why ?? notSwitched} onPress={() => setAsked({ what: "off", keys: [] })}>
              Automation off…
            </Button>
            <Button isSmall kind="danger" why={whyAdmin} isBusy={isBusy} onPress={() => void ask("wipe")}>
              Wipe…
            </Button>
          </BulkBar>
          <Panel answer={{ ...pages, data: pages.data && rows, error: problem ?? wrongSelection ? null : pages.error }} isFilling rows={12}>
            {(shown) =>
              shown.length === 0 ? (
                isFiltered ? (
                  <NothingFits filter={[query, chosen].filter(Boolean).join(" · ")} onClear={() => { setQuery(""); setChosen(""); }} />
                ) : (
                  <NoAssets />
                )
              ) : (
                <List
                  name="assets"
                  caption="Assets"
                  columns={COLUMNS}
                  rows={shown}
                  keyOf={keyOf}
                  total={pages.total}
                  hasMore={pages.hasNextPage}
                  isFetchingMore={pages.isFetchingNextPage}
                  fetchMore={() => void pages.fetchNextPage()}
                  selection={selection}
                  sort={sort}
                  onSort={setSort}
                  toneOf={(row) => (row.state === "failed" ? "failed" : undefined)}
                />
              )
            }
          </Panel>
        </div>
      </div>
      {asked?.what === "materialize" && <MaterializeDialog assets={asked.keys} onClose={() => setAsked(null)} />}
      {asked?.what === "backfill" && <BackfillDialog location={locations[0] ?? ""} assets={asked.keys} partitions="" onClose={() => setAsked(null)} />}
      {(asked?.what === "on" || asked?.what === "off") && (
        <BulkDialog act={asked.what} bulk={{ ids: automations, q: "", count: automations.length }} onClose={() => setAsked(null)} onDone={() => undefined} />
      )}
      {asked?.what === "wipe" && (
        <WipeDialog
          assets={asked.keys}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            selection.clear();
          }}
        />
      )}
    </Page>
  );
}

/** The schedules and the sensors of conditions that make these assets, as ids of the list of automations. */
function automationsOf(rows: readonly AssetRow[]): string[] {
  const refs = rows.flatMap((row) => row.automations).filter((each) => each.name !== "");
  return [...new Set(refs.map(({ kind, location, name }) => idOf({ kind: kind === "schedule" ? "schedule" : "sensor", location, name })))];
}

/** The graph of the same assets. */
function graphAddress(query: string, chosen: string): string {
  const text = new URLSearchParams({ ...(query && { q: query }), ...(chosen && { select: chosen }) }).toString();
  return text ? `/asset-graph?${text}` : "/asset-graph";
}

/** Selection syntax, as in code; taken when Enter is pressed or the field is left. */
function SelectionField({ value, onChange, error }: { value: string; onChange: (value: string) => void; error: string | undefined }) {
  const [draft, setDraft] = useState({ of: value, text: value });
  const text = draft.of === value ? draft.text : value;
  return (
    <TextField
      label="Selection"
      isLabelHidden
      isMono
      value={text}
      placeholder='Selection as in code: orders*, +group:marts, kind:dbt and owner:"team:data"'
      error={error}
      onChange={(next) => setDraft({ of: value, text: next })}
      onLeave={() => onChange(text.trim())}
    />
  );
}

function NoAssets() {
  return (
    <Empty title="No code location defines an asset yet">
      <p>An asset is a table, a file or a model that your code makes. The first one:</p>
      <pre>
        <code>{'import dagster as dg\n\n@dg.asset\ndef orders() -> list[str]:\n    return ["first"]\n\ndefs = dg.Definitions(assets=[orders])'}</code>
      </pre>
      <p>
        Start it with <code>watchbell dev -f that_file.py</code>; this page follows.
      </p>
    </Empty>
  );
}
