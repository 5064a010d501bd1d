/** Dragging a run of the queue to another place, by pointer or by keys on its handle. */

import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from "react";
import type { Schemas } from "../../api/types.ts";
import { nearest, placesFor, type Place } from "./queue_order.ts";

type Row = Schemas["RunRow"];

export interface Drag {
  run: Row;
  /** Where it would come to. */
  place: Place;
  /** Where the pointer is in the window. */
  x: number;
  y: number;
}

/**
 * @param line the runs that stand in the queue, in their order; each has a row with `data-run` in the body
 * @param body of the table
 * @param move called with a run and the place it was brought to
 */
export function useDrag(line: readonly Row[], body: RefObject<HTMLTableSectionElement | null>, move: (run: Row, place: Place) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const places = useRef<readonly Place[]>([]);
  const isOn = drag !== null;
  useEffect(() => {
    if (!isOn) return undefined;
    const stop = (event: globalThis.KeyboardEvent) => event.key === "Escape" && setDrag(null);
    window.addEventListener("keydown", stop);
    return () => window.removeEventListener("keydown", stop);
  }, [isOn]);
  const rowOf = (run: Row | undefined) => (run === undefined ? null : body.current?.querySelector(`tr[data-run="${CSS.escape(run.run_id)}"]`));
  const othersOf = (run: Row) => line.filter((each) => each.run_id !== run.run_id);
  const follow = (run: Row, event: PointerEvent) => {
    const middles = othersOf(run).map((each) => middleOf(rowOf(each)));
    const place = nearest(places.current, middles.filter((middle) => middle < event.clientY).length);
    if (place !== undefined) setDrag({ run, place, x: event.clientX, y: event.clientY });
  };
  const own = (run: Row) => line.findIndex((each) => each.run_id === run.run_id);
  const handle = (run: Row) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      places.current = placesFor(line, run);
      follow(run, event);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (drag === null || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
      follow(run, event);
      rowOf(othersOf(run)[drag.place.index])?.scrollIntoView({ block: "nearest" });
    },
    onPointerUp: () => {
      if (drag !== null && drag.place.index !== own(run)) move(run, drag.place);
      setDrag(null);
    },
    onPointerCancel: () => setDrag(null),
    onKeyDown: (event: KeyboardEvent) => {
      const all = placesFor(line, run);
      const at = all.findIndex((each) => each.index === own(run));
      const wanted = { ArrowUp: all[at - 1], ArrowDown: all[at + 1], Home: all[0], End: all.at(-1) }[event.key];
      if (!["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
      event.preventDefault();
      if (wanted !== undefined && wanted.index !== own(run)) move(run, wanted);
    },
  });
  /** On which side of a row the dragged one would come to lie. */
  const sideOf = (run: Row): "before" | "after" | undefined => {
    if (drag === null || drag.place.index === own(drag.run)) return undefined;
    const others = othersOf(drag.run);
    if (others[drag.place.index]?.run_id === run.run_id) return "before";
    return drag.place.index === others.length && others.at(-1)?.run_id === run.run_id ? "after" : undefined;
  };
  return { drag, handle, sideOf };
}

function middleOf(row: Element | null | undefined): number {
  const box = row?.getBoundingClientRect();
  return box === undefined ? Infinity : box.top + box.height / 2;
}
