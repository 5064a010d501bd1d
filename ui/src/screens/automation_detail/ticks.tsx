/** The ticks of one automation, equal ones told as one. */

import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { CheckField, SelectField } from "../../parts/field.tsx";
import { List, type Column } from "../../parts/list.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { SavedViews } from "../../parts/saved_views.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { stateOfTick, Status } from "../../state/status.tsx";
import { count, counted } from "../../text/number.ts";
import { absolute, duration, useZone } from "../../text/time.ts";
import { idOf, pageOf } from "../automation/place.ts";
import type { Place } from "./automation_detail.tsx";

type Fold = Schemas["TickFold"];
type TickStatus = Schemas["TickStatus"];

const STATUSES = [
  { value: "", title: "all outcomes" },
  { value: "FAILURE", title: "failed" },
  { value: "SUCCESS", title: "started runs" },
  { value: "SKIPPED", title: "skipped" },
  { value: "MISSED", title: "missed" },
];

const VIEW_PARAMS = ["status", "fold"];

/** The word for how a tick ended. */
export function wordOf(status: TickStatus): string {
  return status === "MISSED" ? "missed" : status === "SUCCESS" ? "done" : status === "FAILURE" ? "failed" : "skipped";
}

function columnsOf(to: (id: number) => string, zone: string): readonly Column<Fold>[] {
  return [
    {
      id: "status",
      title: "Outcome",
      width: 110,
      card: "side",
      cell: ({ tick }) => <Status state={stateOfTick(tick.status)} word={wordOf(tick.status)} />,
      text: ({ tick }) => tick.status,
    },
    {
      id: "at",
      title: "Time",
      width: 216,
      card: "title",
      cell: ({ tick }) => (
        <Link href={to(tick.tick_id)}>
          {absolute(new Date(tick.at), zone)}
          <span className="visually-hidden">, tick {tick.tick_id}</span>
        </Link>
      ),
      text: ({ tick }) => tick.at,
    },
    { id: "age", title: "Age", width: 80, cell: ({ tick }) => <When at={tick.ended_at} />, text: ({ tick }) => tick.ended_at },
    { id: "what", title: "What came of it", card: "line", cell: (fold) => <Outcome fold={fold} to={to} />, text: ({ tick }) => tick.error ?? tick.skip_reason ?? counted(tick.run_count, "run") },
    { id: "took", title: "Took", width: 90, isNumeric: true, cell: ({ tick }) => duration(secondsOf(tick)), text: ({ tick }) => String(secondsOf(tick)) },
    { id: "lines", title: "Log", width: 70, isNumeric: true, cell: ({ tick }) => (tick.line_count > 0 ? count(tick.line_count) : ""), text: ({ tick }) => String(tick.line_count) },
  ];
}

/** How long an evaluation took. */
export function secondsOf(tick: Schemas["TickRow"]): number {
  return Math.max(0, (new Date(tick.ended_at).getTime() - new Date(tick.started_at).getTime()) / 1000);
}

function Outcome({ fold, to }: { fold: Fold; to: (id: number) => string }) {
  const { tick } = fold;
  const text = tick.error ?? tick.skip_reason;
  return (
    <span className="ticks-what">
      {fold.count > 1 && (
        <Link href={to(fold.oldest_id)} className="ticks-fold" data-tip={`the same since ${absolute(new Date(fold.oldest_at), "UTC")}; opens the first of them`}>
          same {tick.status === "FAILURE" ? "failure" : "result"} {count(fold.count)}
          {fold.is_more ? "+" : ""} times
        </Link>
      )}
      {tick.attempt > 1 && (
        <span className="ticks-attempt" data-tip={tick.earlier === null ? undefined : `the attempt before: ${tick.earlier}`}>
          attempt {tick.attempt}
        </span>
      )}
      {tick.run_count > 0 && <span>{counted(tick.run_count, "run")}</span>}
      {tick.dropped_count > 0 && <span className="soft">{counted(tick.dropped_count, "run key")} dropped</span>}
      {text !== null && (
        <bdi className="automation-why" data-failed={tick.error !== null || undefined} data-tip={text}>
          {text}
        </bdi>
      )}
    </span>
  );
}

export function Ticks({ place }: { place: Place }) {
  const [status, setStatus] = useParam("status");
  const [fold, setFold] = useParam("fold", "yes");
  const zone = useZone();
  const query = { fold: fold === "yes", ...(status ? { status: [status as TickStatus] } : {}) };
  const pages = usePages("/api/automations/{kind}/{location}/{name}/ticks", { path: place, query }, { topics: [`automation:${idOf(place)}`], keepsBefore: true });
  const to = (id: number) => {
    const params = new URLSearchParams({ ...(status && { status }), ...(fold !== "yes" && { fold }), tick: String(id) });
    return `${pageOf(place)}?${params.toString()}`;
  };
  return (
    <section className="ticks" aria-label="ticks">
      <div className="ticks-tools">
        <SelectField label="Outcome" isLabelHidden value={status} onChange={setStatus} choices={STATUSES} />
        <CheckField label="Equal ones as one" value={fold === "yes"} onChange={(isOn) => setFold(isOn ? "yes" : "no")} />
        <SavedViews screen="ticks" list="ticks" params={VIEW_PARAMS} />
      </div>
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} isFilling rows={8}>
        {(rows) =>
          rows.length === 0 ? (
            status ? (
              <NothingFits filter={STATUSES.find((each) => each.value === status)?.title ?? status} onClear={() => setStatus("")} />
            ) : (
              <Empty title="It has not ticked yet">
                <p>Each evaluation stands here with its outcome. Turn it on above, or try it out under Test.</p>
              </Empty>
            )
          ) : (
            <List
              name="ticks"
              caption="Ticks, the newest first"
              columns={columnsOf(to, zone)}
              rows={rows}
              keyOf={(row) => String(row.tick.tick_id)}
              to={(row) => to(row.tick.tick_id)}
              hasMore={pages.hasNextPage}
              isFetchingMore={pages.isFetchingNextPage}
              fetchMore={() => void pages.fetchNextPage()}
              toneOf={(row) => (row.tick.status === "FAILURE" ? "failed" : undefined)}
            />
          )
        }
      </Panel>
    </section>
  );
}
