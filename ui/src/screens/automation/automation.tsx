/** Schedules, sensors and conditions in one list: how they are, when they ticked and tick next, on and off. */

import { useMemo, useState } from "react";
import { useAnswer, usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { BulkBar } from "../../parts/bulk_bar.tsx";
import { Button } from "../../parts/button.tsx";
import { SelectField } from "../../parts/field.tsx";
import { List } from "../../parts/list.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { QueryBar, type QueryField } from "../../parts/query_bar.tsx";
import { useSelection } from "../../parts/selection.ts";
import { Tabs } from "../../parts/tabs.tsx";
import { useParam } from "../../parts/url.ts";
import { useWhyNot } from "../../state/caller.ts";
import { BulkDialog, PauseDialog, useSwitch, type Bulk } from "./acts.tsx";
import { columnsOf } from "./columns.tsx";
import { Groups } from "./groups.tsx";
import { RowMissedDialog } from "./missed.tsx";
import { idOf, pageOf, type Row } from "./place.ts";
import "./automation.css";

const STATES: readonly Row["state"][] = ["quarantined", "failing", "late", "paused", "on", "off"];
const KINDS = ["schedule", "sensor", "run_status", "asset", "multi_asset", "condition"];
const GROUPINGS = [
  { value: "", title: "no groups" },
  { value: "location", title: "location" },
  { value: "kind", title: "kind" },
  { value: "target", title: "target" },
  { value: "owner", title: "owner" },
];
const VIEWS = { screen: "automation", list: "automations", params: ["q", "sort", "group"] };
const STATE_TERM = /(?:^|\s)state:(\S+)/;
const SNIPPET = `from watchbell import ScheduleDefinition, Definitions

nightly = ScheduleDefinition(job=my_job, cron_schedule="0 2 * * *")
defs = Definitions(jobs=[my_job], schedules=[nightly])`;

export default function Automation() {
  const [group, setGroup] = useParam("group");
  const [q, setQ] = useParam("q");
  return (
    <Page
      title="Automation"
      isFilling
      actions={<SelectField label="Group by" isLabelHidden value={group} onChange={setGroup} choices={GROUPINGS.map((each) => ({ ...each, title: each.value ? `by ${each.title}` : each.title }))} />}
    >
      {group === "" ? <Whole q={q} setQ={setQ} /> : <Grouped by={group as "location"} q={q} setQ={setQ} />}
    </Page>
  );
}

interface Filtered {
  q: string;
  setQ: (q: string) => void;
}

function Whole({ q, setQ }: Filtered) {
  const [sort, setSort] = useParam("sort", "state");
  return <AutomationList q={q} setQ={setQ} sort={sort} setSort={setSort} hasFilter />;
}

function Grouped({ by, q, setQ }: Filtered & { by: "location" | "kind" | "target" | "owner" }) {
  const answer = useAnswer("/api/automation-groups", { query: { by, q } }, { topics: ["automations", "locations"], keepsBefore: true });
  const mistake = answer.error?.code === "wrong-query" ? answer.error.detail : undefined;
  return (
    <>
      <div className="automation-filter">
        <QueryBar value={q} onChange={setQ} fields={fieldsOf([])} plain="name or description" error={mistake} views={VIEWS} />
      </div>
      <Panel answer={answer} isFilling rows={8}>
        {(data) => (data.items.length === 0 ? <NothingFits filter={q} onClear={() => setQ("")} /> : <Groups groups={data.items} by={by} q={q} />)}
      </Panel>
    </>
  );
}

interface ListProps extends Filtered {
  sort: string;
  setSort: (sort: string) => void;
  hasFilter?: boolean;
}

/** The list itself, filtered and ordered. */
export function AutomationList({ q, setQ, sort, setSort, hasFilter = false }: ListProps) {
  const pages = usePages(
    "/api/automations",
    { query: { q, sort: sort as "state", limit: 100, with_total: true } },
    { topics: ["automations", "ticks", "locations"], keepsBefore: true },
  );
  const first = pages.data?.pages[0] as Schemas["AutomationPage"] | undefined;
  const why = useWhyNot("operator");
  const { act } = useSwitch();
  const [turning, setTurning] = useState<Row | null>(null);
  const columns = useMemo(() => columnsOf({ turn: (row, isOn) => (isOn && row.has_missed ? setTurning(row) : act(row, { act: isOn ? "on" : "off" })), why }), [act, why]);
  const selection = useSelection();
  const [asked, setAsked] = useState<"on" | "off" | "code" | "pause" | null>(null);
  const bulk: Bulk = { ids: selection.isAll ? null : [...selection.ids], q, count: selection.isAll ? (pages.total?.count ?? pages.rows.length) : selection.ids.size };
  const close = () => setAsked(null);
  const mistake = pages.error?.code === "wrong-query" ? pages.error.detail : undefined;
  const total = first === undefined ? 0 : STATES.reduce((sum, state) => sum + (first.counts[state] ?? 0), 0);
  return (
    <>
      {hasFilter && (
        <>
          <StateTabs counts={first?.counts ?? (pages.error === null ? undefined : {})} total={first && total} q={q} />
          <div className="automation-filter">
            <QueryBar value={q} onChange={setQ} fields={fieldsOf(first?.locations ?? [])} plain="name or description" error={mistake} views={VIEWS} />
          </div>
        </>
      )}
      <BulkBar selection={selection} noun="automation" loaded={pages.rows.length} total={pages.total}>
        <Button isSmall why={why} onPress={() => setAsked("on")}>
          Turn on
        </Button>
        <Button isSmall why={why} onPress={() => setAsked("off")}>
          Turn off
        </Button>
        <Button isSmall why={why} onPress={() => setAsked("pause")}>
          Pause…
        </Button>
        <Button isSmall why={why} onPress={() => setAsked("code")}>
          Reset to code
        </Button>
      </BulkBar>
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} isFilling rows={12}>
        {(rows) =>
          rows.length === 0 ? (
            <Nothing q={q} total={total} clear={() => setQ("")} />
          ) : (
            <List
              name="automations"
              caption="Schedules, sensors and conditions"
              columns={columns}
              rows={rows}
              keyOf={idOf}
              to={pageOf}
              total={pages.total}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
              selection={selection}
              sort={sort}
              onSort={setSort}
              toneOf={(row) => (row.state === "failing" || row.state === "quarantined" ? "failed" : row.state === "off" ? "old" : undefined)}
            />
          )
        }
      </Panel>
      {(asked === "on" || asked === "off" || asked === "code") && <BulkDialog act={asked} bulk={bulk} onClose={close} onDone={selection.clear} />}
      {turning !== null && (
        <RowMissedDialog
          row={turning}
          onClose={() => setTurning(null)}
          onPick={(catch_up) => {
            act(turning, { act: "on", catch_up });
            setTurning(null);
          }}
        />
      )}
      {asked === "pause" && <PauseDialog bulk={bulk} onClose={close} onDone={selection.clear} />}
    </>
  );
}

function Nothing({ q, total, clear }: { q: string; total: number; clear: () => void }) {
  if (q !== "" && total > 0) return <NothingFits filter={q} onClear={clear} />;
  return (
    <Empty title="The code has no schedules and sensors yet">
      <p>They start runs when the clock or an event says so. A schedule is two lines:</p>
      <pre>{SNIPPET}</pre>
    </Empty>
  );
}

function StateTabs({ counts, total, q }: { counts: Partial<Record<string, number>> | undefined; total: number | undefined; q: string }) {
  const current = STATE_TERM.exec(q)?.[1] ?? "all";
  const tabs = [
    { id: "all", title: "All", count: total },
    ...STATES.filter((state) => state === "on" || state === "off" || (counts?.[state] ?? 0) > 0 || state === current).map((state) => ({
      id: state,
      title: state.charAt(0).toUpperCase() + state.slice(1),
      count: counts?.[state],
      isBad: state === "quarantined" || state === "failing" || state === "late",
    })),
  ];
  const to = (id: string) => {
    const rest = q.replace(STATE_TERM, "").trim();
    const next = id === "all" ? rest : `${rest} state:${id}`.trim();
    return next ? `/automation?q=${encodeURIComponent(next)}` : "/automation";
  };
  return <Tabs tabs={counts && tabs} current={current} label="by state" to={to} />;
}

function fieldsOf(locations: readonly string[]): readonly QueryField[] {
  return [
    { name: "state", about: "how it is", values: STATES },
    { name: "kind", about: "what sort it is", values: KINDS },
    { name: "location", about: "its code location", values: locations },
    { name: "target", about: "a job or asset it starts" },
    { name: "owner", about: "who answers for it" },
    { name: "tag", about: "a label, name or name=value" },
    { name: "name", about: "its name" },
  ];
}
