/** One tick: its error, log, the runs it made, the run keys that made none, what became of the cursor. */

import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { ErrorCard } from "../../parts/error_card.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Ident } from "../../parts/name.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { useShortcuts } from "../../state/shortcuts.ts";
import { stateOfRun, stateOfTick, Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { absolute, duration, useZone } from "../../text/time.ts";
import { CursorChange } from "./diff.tsx";
import { secondsOf, wordOf } from "./ticks.tsx";

type Detail = Schemas["TickDetail"];

export function Tick({ id }: { id: number }) {
  const answer = useAnswer("/api/ticks/{tick_id}", { path: { tick_id: id } }, { keepsBefore: true });
  const [, setTick] = useParam("tick");
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    ref.current?.scrollIntoView({ block: "nearest" });
  }, [id]);
  const { data } = answer;
  const go = (to: number | null | undefined) => {
    if (to !== null && to !== undefined) setTick(String(to));
  };
  useShortcuts([
    { keys: "[", about: "the tick before", act: () => go(data?.older_id) },
    { keys: "]", about: "the tick after", act: () => go(data?.newer_id) },
  ]);
  return (
    <aside className="tick" ref={ref} aria-label={`tick ${id}`}>
      <header className="tick-head">
        <h2>Tick {id}</h2>
        <Button kind="quiet" isSmall label="Older tick" shortcut="[" why={data?.older_id === null ? "It is the first." : undefined} onPress={() => go(data?.older_id)}>
          ←
        </Button>
        <Button kind="quiet" isSmall label="Newer tick" shortcut="]" why={data?.newer_id === null ? "It is the newest." : undefined} onPress={() => go(data?.newer_id)}>
          →
        </Button>
        <Button kind="quiet" isSmall label="Close the tick" onPress={() => setTick("")}>
          ×
        </Button>
      </header>
      <Panel answer={answer} rows={6}>
        {(tick) => <Content tick={tick} />}
      </Panel>
    </aside>
  );
}

function Content({ tick }: { tick: Detail }) {
  const zone = useZone();
  const { row } = tick;
  return (
    <div className="tick-body">
      {tick.error !== null && <ErrorCard error={tick.error} title={`${row.kind} ${row.name} failed`} about={`${row.kind} ${row.name}, tick ${row.tick_id}, ${row.at}`} />}
      <Facts
        items={[
          ["outcome", <Status key="s" state={stateOfTick(row.status)} word={wordOf(row.status)} />],
          [row.kind === "schedule" ? "for the time" : "began", absolute(new Date(row.at), zone)],
          ["evaluated", absolute(new Date(row.started_at), zone)],
          ["took", duration(secondsOf(row))],
          ["attempt", row.attempt > 1 && <bdi key="a">{`${row.attempt}${row.earlier === null ? "" : `; the one before: ${row.earlier}`}`}</bdi>],
          ["because", row.skip_reason && <bdi>{row.skip_reason}</bdi>],
          ["events", tick.event_count > 0 && `${counted(tick.event_count, "event")}: ${tick.event_ids.slice(0, 20).join(", ")}${tick.event_count > 20 ? " …" : ""}`],
          ...Object.entries(tick.effects).map(([what, text]) => [what, <bdi key={what}>{String(text)}</bdi>] as const),
        ]}
      />
      {row.run_count > 0 && (
        <section>
          <h3>{counted(row.run_count, "run")}</h3>
          <ul className="tick-list">
            {tick.runs.map((run) => (
              <li key={run.run_id}>
                <Status state={run.status === null ? "never" : stateOfRun(run.status)} word={run.status === null ? "deleted" : undefined} />
                <Link href={`/runs/${run.run_id}`}>{run.run_id.slice(0, 8)}</Link>
                <bdi>{run.job}</bdi>
                {run.made_for && <bdi className="soft">{run.made_for}</bdi>}
                {run.run_key !== null && <bdi className="soft">key {run.run_key}</bdi>}
              </li>
            ))}
          </ul>
          {row.run_count > tick.runs.length && <p className="soft">… and {row.run_count - tick.runs.length} more</p>}
        </section>
      )}
      {row.dropped_count > 0 && (
        <section>
          <h3>{counted(row.dropped_count, "run key")} dropped</h3>
          <p className="soft">A run key makes one run. These had theirs already:</p>
          <ul className="tick-list">
            {row.dropped.map((each, place) => (
              <li key={place}>
                <bdi>{each.run_key}</bdi>
                {each.run_id !== null && (
                  <>
                    <span className="soft">taken by</span> <Link href={`/runs/${each.run_id}`}>{each.run_id.slice(0, 8)}</Link> <Ident id={each.run_id} />
                  </>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {row.kind === "sensor" && (tick.cursor_before !== null || tick.cursor_after !== null) && (
        <section>
          <h3>Cursor</h3>
          <CursorChange before={tick.cursor_before} after={tick.cursor_after} />
        </section>
      )}
      {tick.log.length > 0 && (
        <section>
          <h3>
            Log <Copy what="log" text={tick.log.map((line) => `${line.at} ${line.level} ${line.message}`).join("\n")} />
          </h3>
          <Lines lines={tick.log} />
        </section>
      )}
    </div>
  );
}

/** Lines that user code logged. */
export function Lines({ lines }: { lines: readonly Schemas["TickLine"][] }) {
  const zone = useZone();
  return (
    <div className="tick-log" role="region" tabIndex={0} aria-label="log lines">
      <ol className="tick-lines">
      {lines.map((line, place) => (
        <li key={place} data-level={line.level}>
          <time dateTime={line.at}>{absolute(new Date(line.at), zone).slice(11, 19)}</time> <span className="tick-level">{line.level}</span> <bdi>{line.message}</bdi>
        </li>
      ))}
      </ol>
    </div>
  );
}
