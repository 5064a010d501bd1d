/** Partitions as a calendar, a grid or rows of squares, by what they are. */

import { useAnswer } from "../../api/hooks.ts";
import { client } from "../../api/client.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { useParam } from "../../parts/url.ts";
import { count } from "../../text/number.ts";
import { flowOf, gridOf, hoursOf, monthsOf, moved, windowOf } from "./calendar.ts";
import { Cells, type Cell } from "./cells.tsx";
import { added, rangeText } from "./pick.ts";

interface Props {
  assetKey: string;
  overview: Schemas["PartitionsOverview"];
  /** Where the chosen ones lie. */
  segments: readonly Schemas["SegmentShape"][];
  pick: string;
  setPick: (text: string) => void;
}

const MOST = 1_000;
const COLUMNS = 30;
const ROWS = 25;

export function PartitionMap(props: Props) {
  const kind = props.overview.facts.kind;
  if (kind === "grid") return <Grid {...props} />;
  if (kind === "daily" || kind === "hourly") return <Calendar {...props} />;
  return <Flow {...props} />;
}

function useChoosing({ segments, pick, setPick }: Props) {
  return {
    isChosen: (cell: Cell) => segments.some((each) => cell.place >= each.start && cell.place < each.start + each.count),
    isBetween: (first: Cell, last: Cell, cell: Cell) => cell.place >= Math.min(first.place, last.place) && cell.place <= Math.max(first.place, last.place),
    onChoose: (first: Cell, last: Cell, isAdded: boolean) => {
      const text = first.place <= last.place ? rangeText(first.key, last.key) : rangeText(last.key, first.key);
      setPick(isAdded ? added(pick, text) : text);
    },
  };
}

function Calendar(props: Props) {
  const { assetKey: key, overview } = props;
  const kind = overview.facts.kind;
  const length = kind === "hourly" ? 10 : 7;
  // The key of the last window says where it begins, but for keys written in a way of their own; then the newest are asked for.
  const isPlain = /^\d{4}-\d\d-\d\d/.test(overview.last ?? "");
  const [last, setLast] = useParam("until", (overview.last ?? "").slice(0, length));
  const known = /^\d{4}-\d\d(-\d\d)?$/.test(last) ? last : (overview.last ?? "").slice(0, length);
  const shown = windowOf(kind, known);
  const query = isPlain ? { key, ...shown, limit: MOST } : { key, limit: MOST, newest_first: true };
  const answer = useAnswer("/api/asset/partitions", { query }, { topics: [`asset:${key}`, "partitions"], keepsBefore: true });
  const choosing = useChoosing(props);
  return (
    <div className="asset-map">
      {isPlain && (
        <div className="asset-tools">
          <Button isSmall onPress={() => setLast(moved(kind, known, -1))}>
            ← Earlier
          </Button>
          <span className="mono">
            {shown.since.slice(0, 10)} to {known} <span className="soft">({overview.facts.zone ?? "UTC"})</span>
          </span>
          <Button isSmall why={known >= (overview.last ?? "").slice(0, length) ? "These are the newest." : undefined} onPress={() => setLast(moved(kind, known, 1))}>
            Later →
          </Button>
        </div>
      )}
      <Panel answer={answer} rows={6}>
        {(page) => {
          const rows = isPlain ? page.items : [...page.items].reverse();
          const groups = !isPlain ? flowOf(rows) : kind === "hourly" ? hoursOf(rows, shown.since) : monthsOf(rows, shown.since);
          return <Cells label={`partitions of ${key}, a calendar`} groups={groups} {...choosing} />;
        }}
      </Panel>
    </div>
  );
}

function Flow(props: Props) {
  const { assetKey: key, overview } = props;
  const answer = useAnswer("/api/asset/partitions", { query: { key, limit: MOST, newest_first: true } }, { topics: [`asset:${key}`, "partitions"], keepsBefore: true });
  const choosing = useChoosing(props);
  return (
    <div className="asset-map">
      {(overview.total ?? 0) > MOST && <p className="soft">The newest {count(MOST)} of {count(overview.total ?? 0)}; others can be typed.</p>}
      <Panel answer={answer} rows={4}>
        {(page) => <Cells label={`partitions of ${key}`} groups={flowOf([...page.items].reverse())} {...choosing} />}
      </Panel>
    </div>
  );
}

function Grid(props: Props) {
  const { assetKey: key, overview, pick, setPick } = props;
  const [endText, setEnd] = useParam("columns", "");
  const [startText, setStart] = useParam("rows", "0");
  const end = /^[1-9]\d*$/.test(endText) ? Number(endText) : undefined;
  const start = /^\d+$/.test(startText) ? Number(startText) : 0;
  const answer = useAnswer(
    "/api/asset/partitions/grid",
    { query: { key, columns: COLUMNS, rows: ROWS, row_start: start, column_end: end } },
    { topics: [`asset:${key}`, "partitions"], keepsBefore: true },
  );
  const { isChosen } = useChoosing(props);
  const width = answer.data?.column_count ?? 1;
  const inBox = (first: Cell, last: Cell, cell: Cell) => {
    const [row, column] = [Math.floor(cell.place / width), cell.place % width];
    const [top, left] = [Math.floor(first.place / width), first.place % width];
    const [bottom, right] = [Math.floor(last.place / width), last.place % width];
    return row >= Math.min(top, bottom) && row <= Math.max(top, bottom) && column >= Math.min(left, right) && column <= Math.max(left, right);
  };
  const choose = async (grid: Schemas["GridShape"], first: Cell, last: Cell, isAdded: boolean) => {
    const rowOf = (cell: Cell) => grid.rows[Math.floor(cell.place / width) - grid.row_start]?.key ?? "";
    const columnOf = (cell: Cell) => grid.columns[(cell.place % width) - grid.column_start] ?? "";
    try {
      const { data } = await client.GET("/api/asset/partitions/rectangle", {
        params: { query: { key, first_row: rowOf(first), last_row: rowOf(last), first_column: columnOf(first), last_column: columnOf(last) } },
      });
      if (data?.text) setPick(isAdded ? added(pick, data.text) : data.text);
    } catch (error) {
      toast(error instanceof Error ? error.message : "These cannot be chosen.", { kind: "failed" });
    }
  };
  return (
    <div className="asset-map">
      <Panel answer={answer} rows={6}>
        {(grid) => (
          <>
            <div className="asset-tools">
              <Button isSmall why={grid.column_start === 0 ? "These are the first." : undefined} onPress={() => setEnd(String(grid.column_start))}>
                ← Earlier
              </Button>
              <span className="mono">
                {grid.columns[0]} to {grid.columns.at(-1)}
              </span>
              <Button isSmall why={grid.column_start + grid.columns.length >= grid.column_count ? "These are the newest." : undefined} onPress={() => setEnd(String(Math.min(grid.column_count, grid.column_start + 2 * COLUMNS)))}>
                Later →
              </Button>
              {grid.row_count > ROWS && (
                <>
                  <Button isSmall why={grid.row_start === 0 ? "These are the first rows." : undefined} onPress={() => setStart(String(Math.max(0, grid.row_start - ROWS)))}>
                    ↑ Rows before
                  </Button>
                  <Button isSmall why={grid.row_start + ROWS >= grid.row_count ? "These are the last rows." : undefined} onPress={() => setStart(String(grid.row_start + ROWS))}>
                    ↓ More of {count(grid.row_count)} rows
                  </Button>
                </>
              )}
            </div>
            <Cells
              label={`partitions of ${overview.facts.dimensions.join(" by ")}`}
              groups={gridOf(grid, (row, column) => `${row} · ${column}`)}
              isChosen={isChosen}
              isBetween={inBox}
              onChoose={(first, last, isAdded) => void choose(grid, first, last, isAdded)}
            />
          </>
        )}
      </Panel>
    </div>
  );
}
