/**
 * A graph to look at and walk through: wheel, pinch and drag, or keys. Drawn on a canvas; what has the focus is said
 * aloud, and `GraphList` holds the same for those who read rather than look.
 */

import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type RefObject } from "react";
import { Button } from "../parts/button.tsx";
import { STATES } from "../state/status.tsx";
import { counted } from "../text/number.ts";
import { useSettings } from "../state/settings.ts";
import { readColours } from "./colours.ts";
import { draw } from "./draw.ts";
import { Minimap } from "./minimap.tsx";
import { NodeTip } from "./node_tip.tsx";
import { fitting, nodeAt, reach, sceneOf, walked, zoomed, type Scene, type View } from "./scene.ts";
import { saveFile, toSvg } from "./to_svg.ts";
import type { Graph } from "./types.ts";
import { usePlaced } from "./use_placed.ts";
import "./graph_view.css";

interface Props {
  graph: Graph;
  /** What it shows, for screen readers. */
  label: string;
  /** The node in focus; lives in the address of the page. */
  current: string | null;
  setCurrent: (id: string | null) => void;
  /** Opens a node: its page, or the box of a group. */
  open: (id: string) => void;
  /** Nodes that a search found; null: there is none. */
  found?: ReadonlySet<string> | null;
  /** Name of the exported file, without its ending. */
  file: string;
}

const STEP_PX = 60;
const ZOOM_KEY = 1.3;
const CLICK_PX = 4;

export function GraphView({ graph, label, current, setCurrent, open, found = null, file }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { placed, isBusy } = usePlaced(graph);
  const scene = useMemo(() => (placed === null ? null : sceneOf(graph, placed)), [graph, placed]);
  const { theme } = useSettings();
  const [view, setView] = useView(canvas, scene);
  const reached = useMemo(() => (scene && current !== null ? reach(scene, current) : null), [scene, current]);
  useDrawing(canvas, scene, view, current, reached, found, theme);
  useWheel(canvas, setView);
  const [pointed, setPointed] = useState<string | null>(null);
  const drag = useDrag(canvas, scene, view, setView, setCurrent, setPointed, open);
  const named = pointed ?? current;

  const go = useCallback(
    (id: string) => {
      setCurrent(id);
      const node = scene?.byId.get(id);
      const at = canvas.current;
      if (node === undefined || at === null) return;
      setView((before) => {
        const old = before ?? { x: 0, y: 0, scale: 1 };
        const scale = Math.max(old.scale, 0.5);
        const [w, h] = [at.clientWidth / scale, at.clientHeight / scale];
        const isIn = scale === old.scale && node.x > old.x && node.x + node.width < old.x + w && node.y > old.y && node.y + node.height < old.y + h;
        return isIn ? old : { x: node.x + node.width / 2 - w / 2, y: node.y + node.height / 2 - h / 2, scale };
      });
    },
    [scene, setCurrent, setView],
  );

  const onKey = (event: KeyboardEvent) => {
    if (scene === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = canvas.current;
    const middle = at ? ([at.clientWidth / 2, at.clientHeight / 2] as const) : ([0, 0] as const);
    const done = () => event.preventDefault();
    if (event.key.startsWith("Arrow")) {
      done();
      if (event.shiftKey || current === null) {
        if (current === null && !event.shiftKey) {
          const first = scene.nodes[0];
          if (first) go(first.id);
          return;
        }
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
        setView((before) => before && { ...before, x: before.x + ((dx ?? 0) * STEP_PX) / before.scale, y: before.y + ((dy ?? 0) * STEP_PX) / before.scale });
        return;
      }
      const next = walked(scene, current, event.key);
      if (next !== null) go(next);
    } else if (event.key === "Enter" && current !== null) {
      done();
      open(current);
    } else if (event.key === "+" || event.key === "=") {
      done();
      setView((before) => before && zoomed(before, ZOOM_KEY, ...middle));
    } else if (event.key === "-") {
      done();
      setView((before) => before && zoomed(before, 1 / ZOOM_KEY, ...middle));
    } else if (event.key === "0") {
      done();
      fit();
    } else if (event.key === "Escape" && current !== null) {
      done();
      setCurrent(null);
    }
  };

  const fit = () => {
    const at = canvas.current;
    if (at && placed) setView(fitting({ x: 0, y: 0, width: placed.width, height: placed.height }, at.clientWidth, at.clientHeight));
  };

  return (
    <div className="graph" data-busy={isBusy} data-ready={scene !== null && !isBusy}>
      <div className="graph-tools">
        <Button isSmall label="Show all (0)" onPress={fit}>
          Show all
        </Button>
        <Button isSmall label="Closer (+)" onPress={() => setView((before) => before && zoomed(before, ZOOM_KEY, (canvas.current?.clientWidth ?? 0) / 2, (canvas.current?.clientHeight ?? 0) / 2))}>
          +
        </Button>
        <Button isSmall label="Farther (-)" onPress={() => setView((before) => before && zoomed(before, 1 / ZOOM_KEY, (canvas.current?.clientWidth ?? 0) / 2, (canvas.current?.clientHeight ?? 0) / 2))}>
          −
        </Button>
        <Button isSmall why={scene === null ? "It is not laid out yet." : undefined} onPress={() => scene && saveFile(`${file}.svg`, toSvg(scene, readColours()), "image/svg+xml")}>
          Save as SVG
        </Button>
        {isBusy && <span className="soft">Laying out {counted(graph.nodes.length, "node")}…</span>}
      </div>
      <div className="graph-plane">
        {/* The arrow keys are its own: it is an application within the page, as its role says. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <div
          className="graph-focus"
          role="application"
          aria-label={`${label}: arrow keys walk along edges, Enter opens, + and - zoom, 0 shows all`}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
          onKeyDown={onKey}
          {...drag}
        >
          <canvas ref={canvas} className="graph-canvas" aria-hidden="true" />
        </div>
        {scene !== null && view !== null && named !== null && <NodeTip scene={scene} view={view} id={named} canvas={canvas} />}
        {scene !== null && view !== null && <Minimap scene={scene} view={view} setView={setView} canvas={canvas} />}
      </div>
      <p className="visually-hidden" role="status">
        {scene && current !== null ? spoken(scene, current) : ""}
      </p>
    </div>
  );
}

function spoken(scene: Scene, id: string): string {
  const node = scene.byId.get(id)?.node;
  if (node === undefined) return "";
  const [up, down] = [scene.into.get(id)?.length ?? 0, scene.out.get(id)?.length ?? 0];
  const how = node.holds?.map(({ state, count, word }) => `${count} ${word ?? STATES[state].word}`).join(", ") ?? node.word ?? STATES[node.state].word;
  return `${node.label}, ${how}${node.mark ? `, ${node.mark.text}` : ""}${node.note ? `, ${node.note}` : ""}, ${up} upstream, ${down} downstream`;
}

type SetView = (change: View | ((before: View | null) => View | null)) => void;

/** The view; at first all of the graph, and again when the graph is another one. */
function useView(canvas: RefObject<HTMLCanvasElement | null>, scene: Scene | null): [View | null, SetView] {
  const [view, setView] = useState<View | null>(null);
  const size = scene && `${Math.round(scene.placed.width)} ${Math.round(scene.placed.height)}`;
  useEffect(() => {
    const at = canvas.current;
    if (scene === null || at === null) return undefined;
    const { width, height } = scene.placed;
    const frame = requestAnimationFrame(() => setView(fitting({ x: 0, y: 0, width, height }, at.clientWidth, at.clientHeight)));
    return () => cancelAnimationFrame(frame);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- states change often, and move nothing
  }, [size]);
  return [view, setView];
}

function useDrawing(
  canvas: RefObject<HTMLCanvasElement | null>,
  scene: Scene | null,
  view: View | null,
  current: string | null,
  reached: ReadonlySet<string> | null,
  found: ReadonlySet<string> | null,
  theme: string,
): void {
  const [size, setSize] = useState("");
  useEffect(() => {
    const at = canvas.current;
    if (at === null) return undefined;
    const watch = new ResizeObserver(() => setSize(`${at.clientWidth} ${at.clientHeight}`));
    watch.observe(at);
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const told = () => setSize((before) => `${before} `);
    dark.addEventListener("change", told);
    return () => {
      watch.disconnect();
      dark.removeEventListener("change", told);
    };
  }, [canvas]);
  useEffect(() => {
    if (scene === null || view === null) return undefined;
    const frame = requestAnimationFrame(() => {
      if (canvas.current) draw(canvas.current, scene, view, readColours(), { current, reached, found });
    });
    return () => cancelAnimationFrame(frame);
  }, [canvas, scene, view, current, reached, found, theme, size]); // colours follow the theme

}

function useWheel(canvas: RefObject<HTMLCanvasElement | null>, setView: SetView): void {
  useEffect(() => {
    const at = canvas.current;
    if (at === null) return undefined;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = at.getBoundingClientRect();
      setView((before) => before && zoomed(before, Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top));
    };
    at.addEventListener("wheel", onWheel, { passive: false });
    return () => at.removeEventListener("wheel", onWheel);
  }, [canvas, setView]);
}

/** Drag moves, two fingers zoom, a click focuses, a second one opens. */
function useDrag(
  canvas: RefObject<HTMLCanvasElement | null>,
  scene: Scene | null,
  view: View | null,
  setView: SetView,
  setCurrent: (id: string | null) => void,
  setPointed: (id: string | null) => void,
  open: (id: string) => void,
) {
  const fingers = useRef(new Map<number, [number, number]>());
  const moved = useRef(0);
  const at = (event: PointerEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    return [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)] as [number, number];
  };
  const hit = (event: PointerEvent | MouseEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    if (scene === null || view === null || box === undefined) return null;
    return nodeAt(scene, view.x + (event.clientX - box.left) / view.scale, view.y + (event.clientY - box.top) / view.scale);
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      fingers.current.set(event.pointerId, at(event));
      moved.current = 0;
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      const before = fingers.current.get(event.pointerId);
      if (before === undefined) {
        setPointed(hit(event)?.id ?? null);
        return;
      }
      const now = at(event);
      const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
      moved.current += Math.abs(dx) + Math.abs(dy);
      const others = [...fingers.current].filter(([id]) => id !== event.pointerId);
      fingers.current.set(event.pointerId, now);
      const other = others[0]?.[1];
      setView((old) => {
        if (old === null) return old;
        if (other === undefined) return { ...old, x: old.x - dx / old.scale, y: old.y - dy / old.scale };
        const length = (a: [number, number]) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
        return zoomed(old, length(now) / length(before), other[0], other[1]);
      });
    },
    onPointerUp: (event: PointerEvent<HTMLDivElement>) => {
      fingers.current.delete(event.pointerId);
      if (moved.current <= CLICK_PX) setCurrent(hit(event)?.id ?? null);
    },
    onPointerLeave: () => setPointed(null),
    onPointerCancel: (event: PointerEvent<HTMLDivElement>) => fingers.current.delete(event.pointerId),
    onDoubleClick: (event: MouseEvent) => {
      const node = hit(event);
      if (node) open(node.id);
    },
  };
}
