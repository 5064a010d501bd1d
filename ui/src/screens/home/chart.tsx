/** The drawing of the timeline: lanes of bars; arrows walk it, plus and minus change how much is seen. */

import { useEffect, useMemo, useRef, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { cut } from "../../parts/name.tsx";
import { toast } from "../../parts/toast.tsx";
import { useZone } from "../../text/time.ts";
import { canvasOf } from "./chart_canvas.ts";
import { axisOf, place, type Lane, type Mark } from "./lanes.ts";
import { runOf } from "./mark_runs.ts";
import { shortTime, zoneOffset } from "./axis_text.ts";

export const LABEL_PX = 170;
export const LABEL_NARROW_PX = 96;
const LANE_PX = 26;
const AXIS_PX = 22;
const BAR_PX = 16;
/** Beyond so many marks they are painted rather than made elements. */
const ELEMENTS_MAX = 2_000;
const LABEL_SIGNS = 22;

interface Props {
  timeline: Schemas["Timeline"];
  lanes: readonly Lane[];
  width: number;
  picked: Mark | null;
  onPick: (mark: Mark | null) => void;
  onZoom: (step: number) => void;
  onPan: (part: number) => void;
}

export function Chart(props: Props) {
  const { timeline, lanes, width, picked, onPick, onZoom, onPan } = props;
  const [, go] = useLocation();
  const zone = useZone();
  const label = labelWidth(width);
  const inner = width - label;
  const span = { start: Date.parse(timeline.start), end: Date.parse(timeline.end) };
  const height = AXIS_PX + lanes.length * LANE_PX;
  const count = useMemo(() => lanes.reduce((sum, lane) => sum + lane.marks.length, 0), [lanes]);
  const isPainted = count > ELEMENTS_MAX;
  const box = useRef<HTMLDivElement>(null);
  useZoomByWheel(box, onZoom);
  const nowX = place(Date.parse(timeline.at), span, inner);
  const open = (mark: Mark) => {
    if (mark.count !== 1) return;
    void runOf(mark, timeline.by).then(
      (run) => run !== undefined && go(`/runs/${run}`),
      (problem: unknown) => toast(problem instanceof Error ? problem.message : String(problem), { kind: "failed" }),
    );
  };
  const onKey = (event: KeyboardEvent) => {
    const act = keyAction(event.key, lanes, picked, { onPick, onZoom, onPan, open });
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const markAt = (x: number, y: number) => {
    const lane = lanes[Math.floor((y - AXIS_PX) / LANE_PX)];
    const under = lane?.marks.filter((mark) => x >= mark.x - 2 && x <= mark.x + mark.width + 2) ?? [];
    // A long bar lies under the short ones that began while it went on.
    return under.reduce<Mark | null>((found, mark) => (found === null || mark.width <= found.width ? mark : found), null);
  };
  const at = (event: { clientX: number; clientY: number; currentTarget: Element }) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return markAt(event.clientX - bounds.left - label, event.clientY - bounds.top);
  };
  return (
    // One stop for the whole drawing: Tab past hundreds of bars would lead nowhere. The table beneath has links.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={box}
      className="chart"
      role="group"
      aria-label="Timeline; arrows walk the marks, Enter opens one, plus and minus change the window"
      aria-describedby="mark-facts"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onKeyDown={onKey}
      onPointerMove={(event) => {
        const mark = at(event);
        if (mark !== null && mark.id !== picked?.id) onPick(mark);
      }}
      onClick={(event) => {
        const mark = at(event);
        if (mark !== null) open(mark);
      }}
    >
      <svg width={width} height={height} aria-hidden="true" className="chart-lines">
        {axisOf(span, inner, zoneOffset(zone, span.start)).map((each) => {
          const x = label + place(each, span, inner);
          const text = shortTime(each, zone, span.end - span.start);
          const isCut = x + 3 + text.length * 7 > width; // at the right edge it stands before its line
          return (
            <g key={each}>
              <line x1={x} x2={x} y1={AXIS_PX - 4} y2={height} className="chart-grid" />
              <text x={isCut ? x - 3 : x + 3} y={AXIS_PX - 8} className="chart-text" textAnchor={isCut ? "end" : "start"}>
                {text}
              </text>
            </g>
          );
        })}
        {lanes.map((lane, row) => (
          <g key={`${lane.location ?? ""}:${lane.name}`}>
            <line x1={0} x2={width} y1={AXIS_PX + row * LANE_PX} y2={AXIS_PX + row * LANE_PX} className="chart-lane" />
            <text x={2} y={AXIS_PX + row * LANE_PX + 17} className="chart-label" data-failed={lane.failed > 0}>
              {lane.failed > 0 ? "✕ " : ""}
              {cut(lane.title, label < LABEL_PX ? 12 : LABEL_SIGNS)}
            </text>
          </g>
        ))}
        {!isPainted && (
          <g transform={`translate(${label} ${AXIS_PX})`}>
            {lanes.map((lane, row) => lane.marks.map((mark) => <Bar key={mark.id} mark={mark} row={row} isPicked={mark.id === picked?.id} />))}
            {lanes.map((lane, row) => lane.marks.map((mark) => mark.failed > 0 && <Failed key={mark.id} mark={mark} row={row} />))}
          </g>
        )}
        {nowX >= 0 && nowX <= inner && <line x1={label + nowX} x2={label + nowX} y1={AXIS_PX - 8} y2={height} className="chart-now" />}
      </svg>
      {isPainted && (
        <canvas
          ref={(element) => canvasOf(element, lanes, picked, { width: inner, lane: LANE_PX, bar: BAR_PX })}
          className="chart-canvas"
          aria-hidden="true"
          style={{ left: label, top: AXIS_PX }}
        />
      )}
    </div>
  );
}

/** Pixels of the column with the names of the lanes. */
export function labelWidth(width: number): number {
  return width < 600 ? LABEL_NARROW_PX : LABEL_PX;
}

function Bar({ mark, row, isPicked }: { mark: Mark; row: number; isPicked: boolean }) {
  const y = row * LANE_PX + (LANE_PX - BAR_PX) / 2;
  if (mark.isToCome) {
    return <circle cx={mark.x + 2} cy={y + BAR_PX / 2} r={isPicked ? 5 : 4} className="chart-tick" data-picked={isPicked} />;
  }
  return (
    <g className="chart-mark" data-state={mark.state} data-picked={isPicked}>
      <rect x={mark.x} y={y} width={mark.width} height={BAR_PX} rx={2} />
      {mark.count > 1 && mark.width > 26 && (
        <text x={mark.x + mark.width / 2} y={y + 12} textAnchor="middle" className="chart-count">
          {mark.count}
        </text>
      )}
    </g>
  );
}

/** Over all bars, so that no run that began later hides it. */
function Failed({ mark, row }: { mark: Mark; row: number }) {
  const y = row * LANE_PX + (LANE_PX - BAR_PX) / 2;
  return <rect x={mark.x} y={y} width={4} height={BAR_PX} className="chart-failure" />;
}

interface Actions {
  onPick: (mark: Mark | null) => void;
  onZoom: (step: number) => void;
  onPan: (part: number) => void;
  open: (mark: Mark) => void;
}

function keyAction(key: string, lanes: readonly Lane[], picked: Mark | null, actions: Actions): (() => void) | undefined {
  const lane = picked === null ? -1 : lanes.findIndex((each) => each.marks.some((mark) => mark.id === picked.id));
  const marks = lanes[lane]?.marks ?? [];
  const at = marks.findIndex((mark) => mark.id === picked?.id);
  const pick = (mark: Mark | undefined) => () => mark && actions.onPick(mark);
  const first = lanes.find((each) => each.marks.length > 0)?.marks.at(-1);
  switch (key) {
    case "ArrowLeft":
      return pick(picked === null ? first : marks[Math.max(0, at - 1)]);
    case "ArrowRight":
      return pick(picked === null ? first : marks[Math.min(marks.length - 1, at + 1)]);
    case "ArrowUp":
    case "ArrowDown": {
      if (picked === null) return pick(first);
      const step = key === "ArrowUp" ? -1 : 1;
      for (let row = lane + step; row >= 0 && row < lanes.length; row += step) {
        const near = [...(lanes[row]?.marks ?? [])].sort((a, b) => Math.abs(a.x - picked.x) - Math.abs(b.x - picked.x))[0];
        if (near !== undefined) return pick(near);
      }
      return pick(picked);
    }
    case "Enter":
      return picked === null ? undefined : () => actions.open(picked);
    case "+":
    case "=":
      return () => actions.onZoom(-1);
    case "-":
      return () => actions.onZoom(1);
    case "PageUp":
      return () => actions.onPan(-0.5);
    case "PageDown":
      return () => actions.onPan(0.5);
    default:
      return undefined;
  }
}

/** The wheel changes the window while Ctrl is held, or the timeline has the focus; else it moves the page. */
function useZoomByWheel(box: React.RefObject<HTMLDivElement | null>, onZoom: (step: number) => void): void {
  const zoom = useRef(onZoom);
  useEffect(() => {
    zoom.current = onZoom;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let last = 0;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && document.activeElement !== element) return;
      event.preventDefault();
      if (event.timeStamp - last < 150) return; // one notch of a wheel is one step; a touchpad sends many
      last = event.timeStamp;
      zoom.current(event.deltaY > 0 ? 1 : -1);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [box]);
}
