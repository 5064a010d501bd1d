/** Cells in rows and columns, walked by arrow keys; those out of sight are not there. */

import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import type { Schemas } from "../../api/types.ts";
import { cut } from "../../parts/name.tsx";
import { STATES } from "../../state/status.tsx";
import { lookOfPart } from "../backfills/states.ts";

type Band = Schemas["GridBand"];
type Range = Schemas["GridRange"];

export interface Place {
  row: number;
  column: number;
}

interface Props {
  band: Band;
  label: string;
  current: Place | null;
  onCurrent: (place: Place) => void;
}

const CELL_PX = 24;
const ROW_PX = 26;
const NAME_PX = 200;
const HEAD_PX = 22;
const LABEL_CELLS = 6; // so many columns share a label
const SPARE = 6;
const HEIGHT_MAX_PX = 420;

interface Sight {
  firstColumn: number;
  lastColumn: number;
  firstRow: number;
  lastRow: number;
}

export function Grid({ band, label, current, onCurrent }: Props) {
  const { columns, rows } = band;
  const scroller = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState<Sight>({ firstColumn: 0, lastColumn: 40, firstRow: 0, lastRow: 20 });
  const id = useId();
  const width = NAME_PX + columns.length * CELL_PX;
  const height = HEAD_PX + rows.length * ROW_PX;

  useEffect(() => {
    const box = scroller.current;
    if (box === null) return undefined;
    const look = () => {
      const next = {
        firstColumn: Math.max(0, Math.floor(box.scrollLeft / CELL_PX) - SPARE),
        lastColumn: Math.ceil((box.scrollLeft + box.clientWidth - NAME_PX) / CELL_PX) + SPARE,
        firstRow: Math.max(0, Math.floor(box.scrollTop / ROW_PX) - SPARE),
        lastRow: Math.ceil((box.scrollTop + box.clientHeight) / ROW_PX) + SPARE,
      };
      setSight((before) => (same(before, next) ? before : next));
    };
    look();
    box.addEventListener("scroll", look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(box);
    return () => {
      box.removeEventListener("scroll", look);
      observer.disconnect();
    };
  }, [columns.length, rows.length]);

  const go = (place: Place) => {
    const next = { row: clamp(place.row, rows.length - 1), column: clamp(place.column, columns.length - 1) };
    const box = scroller.current;
    if (box !== null) {
      const left = next.column * CELL_PX;
      const top = next.row * ROW_PX;
      if (left < box.scrollLeft) box.scrollLeft = left;
      else if (left + CELL_PX > box.scrollLeft + box.clientWidth - NAME_PX) box.scrollLeft = left + CELL_PX - box.clientWidth + NAME_PX;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + ROW_PX > box.scrollTop + box.clientHeight - HEAD_PX) box.scrollTop = top + ROW_PX - box.clientHeight + HEAD_PX;
    }
    onCurrent(next);
  };
  const onKey = (event: KeyboardEvent) => {
    const at = current ?? { row: 0, column: -1 };
    const step: Record<string, Place> = {
      ArrowRight: { row: at.row, column: at.column + 1 },
      ArrowLeft: { row: at.row, column: at.column - 1 },
      ArrowDown: { row: at.row + 1, column: Math.max(0, at.column) },
      ArrowUp: { row: at.row - 1, column: Math.max(0, at.column) },
      Home: { row: at.row, column: 0 },
      End: { row: at.row, column: columns.length - 1 },
      PageDown: { row: at.row, column: at.column + 30 },
      PageUp: { row: at.row, column: at.column - 30 },
    };
    const next = step[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(next);
  };

  const lastColumn = Math.min(columns.length - 1, sight.lastColumn);
  const shownRows = rows.slice(sight.firstRow, sight.lastRow + 1);
  const labelled = [];
  for (let column = Math.floor(sight.firstColumn / LABEL_CELLS) * LABEL_CELLS; column <= lastColumn; column += LABEL_CELLS) labelled.push(column);
  const cellId = (place: Place) => `${id}-${place.row}-${place.column}`;
  const isShown = current !== null && current.row < rows.length && current.column >= sight.firstColumn && current.column <= lastColumn;
  return (
    <div
      ref={scroller}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={isShown && current !== null ? cellId(current) : undefined}
      style={{ height: Math.min(HEIGHT_MAX_PX, height + 18) }}
      onKeyDown={onKey}
    >
      <div className="grid-inner" role="presentation" style={{ width, height }}>
        <div className="grid-head" role="row" aria-rowindex={1} style={{ height: HEAD_PX, width }}>
          <span className="grid-corner" role="columnheader" style={{ width: NAME_PX }}>
            <span className="visually-hidden">made</span>
          </span>
          {labelled.map((column) => (
            <span
              key={column}
              className="grid-label"
              role="columnheader"
              aria-colindex={column + 2}
              title={columns[column]}
              style={{ left: NAME_PX + column * CELL_PX, width: LABEL_CELLS * CELL_PX }}
            >
              <bdi>{cut(columns[column] ?? "", 18)}</bdi>
            </span>
          ))}
        </div>
        {shownRows.map((row, offset) => {
          const place = sight.firstRow + offset;
          return (
            <div key={place} className="grid-row" role="row" aria-rowindex={place + 2} style={{ top: HEAD_PX + place * ROW_PX, width, height: ROW_PX }}>
              <span className="grid-name" role="rowheader" title={row.name} style={{ width: NAME_PX }}>
                <bdi>{cut(row.name, 28)}</bdi>
              </span>
              {cellsOf(row.ranges, sight.firstColumn, lastColumn).map(({ column, state }) => {
                const look = lookOfPart(state);
                const isCurrent = current?.row === place && current.column === column;
                return (
                  // The grid itself has the focus and takes the keys; a click chooses a cell as they do.
                  // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
                  <span
                    key={column}
                    id={cellId({ row: place, column })}
                    className="grid-cell"
                    role="gridcell"
                    aria-colindex={column + 2}
                    aria-selected={isCurrent}
                    aria-label={`${columns[column] ?? ""}: ${look.word}`}
                    data-state={look.state}
                    data-tip={`${columns[column] ?? ""}: ${look.word}`}
                    style={{ left: NAME_PX + column * CELL_PX }}
                    onClick={() => onCurrent({ row: place, column })}
                  >
                    <span aria-hidden="true">{STATES[look.state].shape}</span>
                  </span>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}

function same(one: Sight, other: Sight): boolean {
  return one.firstColumn === other.firstColumn && one.lastColumn === other.lastColumn && one.firstRow === other.firstRow && one.lastRow === other.lastRow;
}

/** The cells of a row that lie between two columns; the ranges are in order. */
function cellsOf(ranges: readonly Range[], from: number, to: number): { column: number; state: string }[] {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as Range).last < from) low = middle + 1;
    else high = middle;
  }
  const found = [];
  for (let place = low; place < ranges.length; place += 1) {
    const range = ranges[place] as Range;
    if (range.first > to) break;
    for (let column = Math.max(from, range.first); column <= Math.min(to, range.last); column += 1) found.push({ column, state: range.state });
  }
  return found;
}
