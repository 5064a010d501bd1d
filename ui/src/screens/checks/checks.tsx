/** All checks of all assets: failed ones first. */

import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { SelectField, TextField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { assetAddress, stateOfCheck } from "../../text/asset.ts";
import "./checks.css";

type Row = Schemas["CheckRow"];
type Verdict = "passed" | "warned" | "failed" | "running" | "skipped" | "never";

const VERDICTS = ["failed", "warned", "skipped", "running", "never", "passed"] as const;
const CHOICES = [{ value: "", title: "all" }, ...VERDICTS.map((value) => ({ value, title: stateOfCheck(value).word }))];
const keyOf = (row: Row) => `${row.asset}:${row.name}`;
const COLUMNS: readonly Column<Row>[] = [
  { id: "verdict", title: "Found", width: 120, card: "side", cell: (row) => <Status {...stateOfCheck(row.verdict)} />, text: (row) => row.verdict },
  {
    id: "check",
    title: "Check",
    card: "title",
    cell: (row) => (
      <Link href={`${assetAddress(row.asset, "checks")}&check=${encodeURIComponent(row.name)}`}>
        <Name text={row.name} />
      </Link>
    ),
    text: (row) => row.name,
  },
  {
    id: "asset",
    title: "Asset",
    card: "line",
    cell: (row) => (
      <Link href={assetAddress(row.asset)}>
        <Name text={row.asset} />
      </Link>
    ),
    text: (row) => row.asset,
  },
  { id: "severity", title: "Severity", width: 90, cell: (row) => row.newest?.severity?.toLowerCase(), text: (row) => row.newest?.severity ?? "" },
  { id: "blocking", title: "Blocking", width: 90, cell: (row) => (row.is_blocking ? "yes" : ""), text: (row) => (row.is_blocking ? "yes" : "") },
  { id: "at", title: "When", width: 100, card: "line", cell: (row) => <When at={row.newest?.at} />, text: (row) => row.newest?.at ?? "" },
  { id: "said", title: "Said", cell: (row) => <bdi>{row.newest?.description ?? ""}</bdi>, text: (row) => row.newest?.description ?? "" },
];

export default function Checks() {
  const [text, setText] = useParam("q", "", true);
  const [verdict, setVerdict] = useParam("found", "");
  const known = (VERDICTS as readonly string[]).includes(verdict) ? (verdict as Verdict) : null;
  const params = { query: { q: text || undefined, verdict: known === null ? undefined : [known], with_total: true } };
  const pages = usePages("/api/checks", params, { topics: ["checks", "locations"], keepsBefore: true });
  const isFiltered = text !== "" || known !== null;
  return (
    <Page title="Checks" isFilling>
      <div className="checks-tools">
        <TextField label="Name of check or asset" type="search" value={text} onChange={setText} />
        <SelectField label="Found" value={known ?? ""} choices={CHOICES} onChange={setVerdict} />
      </div>
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} isFilling rows={10}>
        {(rows) =>
          rows.length === 0 ? (
            isFiltered ? (
              <NothingFits filter={[text, known].filter(Boolean).join(" · ")} onClear={() => { setText(""); setVerdict(""); }} />
            ) : (
              <Empty title="No asset has a check yet">
                <p>A check says after each run whether the data are as they should be:</p>
                <pre>
                  <code>{'@dg.asset_check(asset="orders")\ndef orders_are_there() -> dg.AssetCheckResult:\n    return dg.AssetCheckResult(passed=True)'}</code>
                </pre>
              </Empty>
            )
          ) : (
            <List
              name="checks"
              caption="Checks, failed ones first"
              columns={COLUMNS}
              rows={rows}
              keyOf={keyOf}
              total={pages.total}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
              toneOf={(row) => (row.verdict === "failed" ? "failed" : undefined)}
            />
          )
        }
      </Panel>
    </Page>
  );
}
