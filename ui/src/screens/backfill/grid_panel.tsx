/** The grid of a backfill: what is made over partitions; only the cells in sight are drawn. */

import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Name } from "../../parts/name.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { Status } from "../../state/status.tsx";
import { count } from "../../text/number.ts";
import { lookOfPart, PARTS } from "../backfills/states.ts";
import { Grid, type Place } from "./grid.tsx";

type Band = Schemas["GridBand"];

export function GridPanel({ backfillId, topics }: { backfillId: string; topics: readonly string[] }) {
  const answer = useAnswer("/api/backfills/{backfill_id}/grid", { path: { backfill_id: backfillId } }, { topics });
  const [cell, setCell] = useParam("cell", "", true);
  return (
    <Panel answer={answer} isFilling rows={6}>
      {(grid) => {
        const chosen = readCell(cell);
        return (
          <div className="grids">
            <Legend bands={grid.bands} />
            {grid.bands.map((band, at) => (
              <Grid
                key={at}
                band={band}
                label={`what is made, for ${count(band.columns.length)} partitions`}
                current={chosen?.band === at ? chosen : null}
                onCurrent={(place) => setCell(`${at}.${place.row}.${place.column}`)}
              />
            ))}
            {chosen !== null && <Chosen backfillId={backfillId} bands={grid.bands} chosen={chosen} topics={topics} />}
            {!grid.is_whole && <p className="soft">It is too large to be drawn whole; the list of runs has all of it.</p>}
          </div>
        );
      }}
    </Panel>
  );
}

interface Cell extends Place {
  band: number;
}

function readCell(text: string): Cell | null {
  const found = /^(\d{1,4})\.(\d{1,6})\.(\d{1,7})$/.exec(text);
  return found ? { band: Number(found[1]), row: Number(found[2]), column: Number(found[3]) } : null;
}

function Legend({ bands }: { bands: readonly Band[] }) {
  const sums: Record<string, number> = {};
  for (const row of bands.flatMap((band) => band.rows)) {
    for (const [state, number] of Object.entries(row.counts)) sums[state] = (sums[state] ?? 0) + (number ?? 0);
  }
  return (
    <p className="grid-legend">
      {Object.keys(PARTS)
        .filter((state) => sums[state])
        .map((state) => {
          const look = lookOfPart(state);
          return (
            <span key={state}>
              <Status state={look.state} word={look.word} /> {count(sums[state] ?? 0)}
            </span>
          );
        })}
    </p>
  );
}

/** The part of the chosen cell, with its run. */
function Chosen({ backfillId, bands, chosen, topics }: { backfillId: string; bands: readonly Band[]; chosen: Cell; topics: readonly string[] }) {
  const band = bands[chosen.band];
  const row = band?.rows[chosen.row];
  const range = row?.ranges.find((each) => each.first <= chosen.column && chosen.column <= each.last);
  const number = range === undefined ? null : range.part + range.step * (chosen.column - range.first);
  const query = number === null || number === 0 ? { limit: 1 } : { limit: 1, cursor: String(number - 1) };
  const answer = useAnswer(
    "/api/backfills/{backfill_id}/parts",
    { path: { backfill_id: backfillId }, query },
    { topics, isOff: number === null, keepsBefore: true },
  );
  if (band === undefined || row === undefined) return null;
  const part = answer.data?.items[0];
  const look = range === undefined ? { state: "never" as const, word: "not made by this backfill" } : lookOfPart(range.state);
  return (
    <p className="grid-chosen" role="status">
      <strong>
        <Name text={band.columns[chosen.column] ?? ""} most={60} />
      </strong>{" "}
      of <Name text={row.name} />: <Status state={look.state} word={look.word} />{" "}
      {part !== undefined && part.number === number && (
        <>
          {part.run_id && <Link href={`/runs/${encodeURIComponent(part.run_id)}`}>run {part.run_id.slice(0, 8)}</Link>}
          {part.note && <span className="soft"> {part.note.split("\n")[0]}</span>}
        </>
      )}
    </p>
  );
}
