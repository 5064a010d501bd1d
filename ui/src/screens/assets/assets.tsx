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
import { toast } from "../../parts/toast.tsx";
import { useParam } from "../../parts/url.ts";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { BulkDialog } from "../automation/acts.tsx";
import { BackfillMany } from "./backfill_many.tsx";
import { COLUMNS, type AssetRow } from "./columns.tsx";
import { MaterializeDialog } from "./materialize_dialog.tsx";
import { MaterializeMany } from "./materialize_many.tsx";
import { meantBy, meantRows, type Meant } from "./meant.ts";
import { Tree } from "./tree.tsx";
import { WipeDialog } from "./wipe_dialog.tsx";
import { WipeMany } from "./wipe_many.tsx";
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

type What = "materialize" | "backfill" | "wipe" | "on" | "off";

interface Asked {
  what: What;
  meant: Meant;
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
  const rows = pages.rows;
  const ask = async (what: What) => {
    setBusy(true);
    try {
      const meant = selection.isAll ? await meantBy(query, chosen) : meantRows(rows.filter((row) => selection.has(row.key)));
      if (!meant.isWhole) toast(`These are the first ${meant.items.length} of them; do the others afterwards.`);
      setAsked({ what, meant });
    } catch (error) {
      toast(error instanceof Error ? error.message : "Nobody knows which are meant.", { kind: "failed" });
    } finally {
      setBusy(false);
    }
  };
  const close = () => setAsked(null);
  const notSwitched =
    !selection.isAll && meantRows(rows.filter((row) => selection.has(row.key))).automations.length === 0 ? "No schedule and no condition makes what is selected." : undefined;
  const number = selection.isAll ? "all assets that match" : counted(selection.ids.size, "selected asset");
  const offer = (verb: string, what: What, whyOf: string | undefined) => ({ title: `${verb} ${number}`, why: whyOf, act: () => void ask(what) });
  useActions(
    selection.isAll || selection.ids.size > 0
      ? [offer("materialise", "materialize", why), offer("backfill", "backfill", why), offer("automation on for", "on", why ?? notSwitched), offer("automation off for", "off", why ?? notSwitched), offer("wipe", "wipe", whyAdmin)]
      : [],
  );
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
            <Button isSmall why={why} isBusy={isBusy} onPress={() => void ask("backfill")}>
              Backfill…
            </Button>
            <Button isSmall why={why ?? notSwitched} isBusy={isBusy} onPress={() => void ask("on")}>
              Automation on…
            </Button>
            <Button isSmall why={why ?? notSwitched} isBusy={isBusy} onPress={() => void ask("off")}>
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
      {asked !== null && <Dialogs asked={asked} onClose={close} clear={selection.clear} />}
    </Page>
  );
}

/** What is asked before anything is done to the selected assets. */
function Dialogs({ asked, onClose, clear }: { asked: Asked; onClose: () => void; clear: () => void }) {
  const { what, meant } = asked;
  const [first] = meant.items;
  const alone = meant.items.length === 1 ? first : undefined;
  const keys = meant.items.map((item) => item.key);
  const done = () => {
    onClose();
    clear();
  };
  switch (what) {
    case "materialize":
      return alone === undefined ? (
        <MaterializeMany items={meant.items} onClose={onClose} />
      ) : (
        <MaterializeDialog assets={keys} hasPartitions={alone.has_partitions} onClose={onClose} />
      );
    case "backfill":
      return <BackfillMany items={meant.items} onClose={onClose} />;
    case "wipe":
      return alone === undefined ? <WipeMany assets={keys} onClose={onClose} onDone={done} /> : <WipeDialog asset={alone.key} onClose={onClose} onDone={done} />;
    default:
      return <BulkDialog act={what} bulk={{ ids: meant.automations, q: "", count: meant.automations.length }} onClose={onClose} onDone={() => undefined} />;
  }
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
