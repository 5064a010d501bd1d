/** Partitions as squares in rows: arrows walk them, dragging or Shift chooses a range of them. */

import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { STATES } from "../../state/status.tsx";
import { OF_PARTITION } from "../../text/asset.ts";

export interface Cell {
  key: string;
  /** Among all partitions. */
  place: number;
  state: string;
}

export interface CellGroup {
  title: string;
  columns: readonly string[];
  rows: readonly { label: string; cells: readonly (Cell | null)[] }[];
}

interface Props {
  label: string;
  groups: readonly CellGroup[];
  isChosen: (cell: Cell) => boolean;
  /** Whether a cell lies in the range from one to another. */
  isBetween: (first: Cell, last: Cell, cell: Cell) => boolean;
  onChoose: (first: Cell, last: Cell, isAdded: boolean) => void;
}

interface Drag {
  from: Cell;
  to: Cell;
}

const STEPS: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function Cells({ label, groups, isChosen, isBetween, onChoose }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [focus, setFocus] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<Cell | null>(null);
  const dragged = useRef<Drag | null>(null);
  const choose = useRef(onChoose);
  useEffect(() => {
    choose.current = onChoose;
  });
  const isDragging = drag !== null;
  useEffect(() => {
    if (!isDragging) return undefined;
    const end = (event: PointerEvent) => {
      if (dragged.current !== null) choose.current(dragged.current.from, dragged.current.to, event.ctrlKey || event.metaKey);
      dragged.current = null;
      setDrag(null);
    };
    document.addEventListener("pointerup", end);
    return () => document.removeEventListener("pointerup", end);
  }, [isDragging]);
  const set = (next: Drag) => {
    dragged.current = next;
    setDrag(next);
  };
  const cells = groups.flatMap((group) => group.rows.flatMap((row) => row.cells.filter((cell) => cell !== null)));
  const tabbable = focus !== null && cells.some((cell) => cell.place === focus) ? focus : (cells.find(isChosen) ?? cells.at(-1))?.place;
  const onKey = (event: KeyboardEvent, cell: Cell) => {
    const step = STEPS[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (event.shiftKey && anchor !== null) onChoose(anchor, cell, false);
      else {
        setAnchor(cell);
        onChoose(cell, cell, event.ctrlKey || event.metaKey);
      }
      return;
    }
    if (step === undefined) return;
    event.preventDefault();
    const next = neighbour(groups, cell, step);
    if (next === null) return;
    setFocus(next.place);
    root.current?.querySelector<HTMLElement>(`[data-place="${next.place}"]`)?.focus();
    if (event.shiftKey) {
      const from = anchor ?? cell;
      setAnchor(from);
      onChoose(from, next, false);
    } else setAnchor(null);
  };
  return (
    <div className="cells" ref={root} role="group" aria-label={label}>
      {groups.map((group) => (
        <table key={group.title} className="cells-group">
          <caption>{group.title}</caption>
          {group.columns.length > 0 && (
            <thead>
              <tr>
                <td />
                {group.columns.map((column, place) => (
                  <th key={place} scope="col">
                    <bdi>{column}</bdi>
                  </th>
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {group.rows.map((row) => (
              <tr key={row.label}>
                <th scope="row">
                  <bdi>{row.label}</bdi>
                </th>
                {row.cells.map((cell, place) =>
                  cell === null ? (
                    <td key={place} />
                  ) : (
                    <td key={place}>
                      <CellButton
                        cell={cell}
                        isChosen={drag === null ? isChosen(cell) : isBetween(drag.from, drag.to, cell)}
                        isTabbable={cell.place === tabbable}
                        onFocus={() => setFocus(cell.place)}
                        onKey={(event) => onKey(event, cell)}
                        onDown={(isShift) => {
                          const from = isShift && anchor !== null ? anchor : cell;
                          setAnchor(from);
                          set({ from, to: cell });
                        }}
                        onOver={() => dragged.current !== null && set({ from: dragged.current.from, to: cell })}
                      />
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

interface CellProps {
  cell: Cell;
  isChosen: boolean;
  isTabbable: boolean;
  onFocus: () => void;
  onKey: (event: KeyboardEvent) => void;
  onDown: (isShift: boolean) => void;
  onOver: () => void;
}

function CellButton({ cell, isChosen, isTabbable, onFocus, onKey, onDown, onOver }: CellProps) {
  const look = OF_PARTITION[cell.state];
  const text = `${cell.key}: ${look?.word ?? cell.state}`;
  return (
    <button
      type="button"
      className="cell"
      data-place={cell.place}
      data-state={cell.state}
      data-tip={text}
      aria-label={text}
      aria-pressed={isChosen}
      tabIndex={isTabbable ? 0 : -1}
      onFocus={onFocus}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // Without this a finger's pointer stays with the first cell, and no other hears of it.
        event.currentTarget.releasePointerCapture(event.pointerId);
        onDown(event.shiftKey);
      }}
      onPointerEnter={onOver}
    >
      <span aria-hidden="true">{cell.state === "made" || cell.state === "missing" ? "" : look && STATES[look.state].shape}</span>
    </button>
  );
}

/** The next cell in a direction; over the edge of a row or table the next one in order. */
function neighbour(groups: readonly CellGroup[], cell: Cell, [down, right]: [number, number]): Cell | null {
  const rows = groups.flatMap((group) => group.rows.map((row) => row.cells));
  const at = rows.findIndex((row) => row.includes(cell));
  const column = rows[at]?.indexOf(cell) ?? -1;
  if (down !== 0) {
    for (let row = at + down; row >= 0 && row < rows.length; row += down) {
      const found = rows[row]?.[column];
      if (found) return found;
    }
    return null;
  }
  const flat = rows.flatMap((row) => row.filter((each) => each !== null));
  return flat[flat.indexOf(cell) + right] ?? null;
}
