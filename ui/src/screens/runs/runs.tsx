/** The list of runs: tabs, filter, order, all of it in the address; and the queue as its last tab. */

import { useMemo } from "react";
import { useAnswer, usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { List } from "../../parts/list.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { QueryBar } from "../../parts/query_bar.tsx";
import { useSelection } from "../../parts/selection.ts";
import { Tabs } from "../../parts/tabs.tsx";
import { useParam } from "../../parts/url.ts";
import { useZone } from "../../text/time.ts";
import { RunsBulk } from "./bulk.tsx";
import { columnsWith, keyOf, type Row } from "./columns.tsx";
import { Queue } from "./queue.tsx";
import { useFolds } from "./use_folds.ts";
import "./runs.css";

const TABS = ["all", "queued", "running", "failed"] as const;
type Tab = (typeof TABS)[number];
const SORTS = ["created", "ended", "duration"].flatMap((each) => [each, `-${each}`]);
const VIEWS = { screen: "runs", list: "runs", params: ["q", "tab", "sort", "fold"] };
const canPick = (row: Row) => row.fold === null; // a row for many runs is opened, and they are chosen there

export default function Runs() {
  const [tab] = useParam("tab", "all");
  return tab === "queue" ? <QueuePage /> : <RunsPage tab={TABS.find((each) => each === tab) ?? "all"} />;
}

function RunsPage({ tab }: { tab: Tab }) {
  const [q, setQuery] = useParam("q");
  const [sortText, setSort] = useParam("sort", "-created");
  const [fold, setFold] = useParam("fold");
  const zone = useZone();
  const sort = SORTS.includes(sortText) ? sortText : "-created";
  const isFolded = fold !== "no";
  const selection = useSelection();
  const query = useMemo(() => {
    const speaksOfTime = /\b(after|before|created):/.test(q);
    return {
      ...(q ? { q } : {}),
      ...(tab === "all" ? {} : { tab }),
      ...(sort === "-created" ? {} : { sort: sort as "created" }),
      ...(isFolded ? { fold: true } : {}),
      ...(speaksOfTime ? { zone } : {}),
      with_total: true,
    };
  }, [q, tab, sort, isFolded, zone]);
  const pages = usePages("/api/runs", { query }, { topics: ["runs"], keepsBefore: true });
  const first = pages.data?.pages[0] as Counted | undefined;
  const wrongQuery = pages.error?.code === "wrong-query" ? pages.error : null;
  const folds = useFolds(query, isFolded);
  const columns = useMemo(() => columnsWith(folds), [folds]);
  const words = useAnswer("/api/run-words", {}, { isOff: pages.data === undefined && pages.error === null });
  const isFiltered = q !== "" || tab !== "all";
  return (
    <Page title="Runs" isFilling under={<RunTabs tab={tab} counts={first?.counts} isKnown={first !== undefined || pages.error !== null} />}>
      <div className="runs-filter">
        <QueryBar value={q} onChange={setQuery} fields={words.data?.fields ?? []} plain={words.data?.plain ?? "job"} error={wrongQuery?.detail} views={VIEWS} />
      </div>
      <Panel answer={{ ...pages, error: wrongQuery === null ? pages.error : null, data: wrongQuery === null ? pages.data && pages.rows : [] }} isFilling rows={12}>
        {(rows) =>
          wrongQuery !== null ? (
            <p className="soft">The filter is not understood; nothing is shown.</p>
          ) : rows.length === 0 ? (
            isFiltered ? (
              <NothingFits filter={[tab === "all" ? "" : `tab ${tab}`, q].filter(Boolean).join(", ")} onClear={() => setQuery("")} />
            ) : (
              <NothingYet />
            )
          ) : (
            <>
              <RunsBulk selection={selection} loaded={rows.length} total={pages.total} filter={{ q, tab, zone }} />
              <List
                name="runs"
                caption={`Runs, ${sort === "-created" ? "the newest first" : `ordered by ${sort.replace("-", "")}`}`}
                columns={columns}
                rows={rows}
                keyOf={keyOf}
                under={folds.rowsOf}
                canPick={canPick}
                total={pages.total}
                hasMore={pages.hasNextPage}
                isFetchingMore={pages.isFetchingNextPage}
                fetchMore={() => void pages.fetchNextPage()}
                selection={selection}
                sort={sort}
                onSort={setSort}
                note={
                  <Button kind="quiet" isSmall isPressed={isFolded} onPress={() => setFold(isFolded ? "no" : "")}>
                    Backfills in one row
                  </Button>
                }
              />
            </>
          )
        }
      </Panel>
    </Page>
  );
}

interface Counted {
  counts?: Schemas["RunCounts"] | null;
}

interface RunTabsProps {
  tab: string;
  counts: Schemas["RunCounts"] | null | undefined;
  /** Whether it is known how many there are, or that nobody can say. */
  isKnown: boolean;
}

function RunTabs({ tab, counts, isKnown }: RunTabsProps) {
  const tabs = [
    { id: "all", title: "All" },
    { id: "queued", title: "Queued", count: counts?.queued },
    { id: "running", title: "Running", count: counts?.running },
    { id: "failed", title: "Failed", count: counts?.failed, isBad: true },
    { id: "queue", title: "Queue" },
  ];
  return <Tabs label="runs by state" current={tab} tabs={isKnown ? tabs : undefined} />;
}

function QueuePage() {
  const answer = useAnswer("/api/runs", { query: { limit: 1, with_total: true } }, { topics: ["runs"] });
  return (
    <Page
      title="Queue"
      heading="Runs: the queue"
      under={<RunTabs tab="queue" counts={answer.data?.counts} isKnown={answer.data !== undefined || answer.error !== null} />}
    >
      <Queue />
    </Page>
  );
}

function NothingYet() {
  return (
    <Empty title="Nothing has run yet">
      <p>A run begins when a schedule or sensor asks for it, or when you start one:</p>
      <pre>
        <code>watchbell job launch -f definitions.py -j JOB</code>
      </pre>
    </Empty>
  );
}
