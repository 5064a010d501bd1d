/** Draws what is in sight on a canvas. Far away labels drop out; colour and shape of the state stay. */

import { STATES } from "../state/status.tsx";
import type { Colours } from "./colours.ts";
import type { Drawn, Scene, View } from "./scene.ts";
import { NODE_HEIGHT, type Box, type PlacedEdge } from "./types.ts";

const LABELS_FROM = 0.3;
const LEAST_PX = 11;
const SHAPES_FROM = 0.18;

export interface Emphasis {
  /** The node with the keyboard's focus. */
  current: string | null;
  /** What is connected with it; others step back. */
  reached: ReadonlySet<string> | null;
  /** Nodes that a search found. */
  found: ReadonlySet<string> | null;
}

export function draw(canvas: HTMLCanvasElement, scene: Scene, view: View, colours: Colours, emphasis: Emphasis): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    canvas.width = width * ratio;
    canvas.height = height * ratio;
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, width, height);
  pen.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, -view.x * view.scale * ratio, -view.y * view.scale * ratio);
  const sight: Box = { x: view.x, y: view.y, width: width / view.scale, height: height / view.scale };
  const thin = 1 / view.scale;
  for (const group of scene.placed.groups) {
    if (!meets(group, sight)) continue;
    pen.fillStyle = colours.raised;
    pen.strokeStyle = colours.line;
    pen.lineWidth = thin;
    pen.fillRect(group.x, group.y, group.width, group.height);
    pen.strokeRect(group.x, group.y, group.width, group.height);
    pen.fillStyle = colours.soft;
    // The name of a group is read from afar, too, as long as it fits its box.
    const size = Math.min(group.width / 8, Math.max(13, 13 / view.scale));
    pen.font = `600 ${size}px ${colours.font}`;
    pen.textBaseline = "bottom";
    pen.fillText(group.name, group.x + 8, size > 15 ? group.y - 2 : group.y + 22, group.width - 16);
  }
  drawEdges(pen, scene.placed.edges, sight, view, colours, emphasis);
  for (const each of scene.nodes) if (meets(each, sight)) drawNode(pen, each, view, colours, emphasis);
}

function meets(box: Box, sight: Box): boolean {
  return (
    box.x < sight.x + sight.width && box.x + box.width > sight.x && box.y < sight.y + sight.height && box.y + box.height > sight.y
  );
}

function drawEdges(
  pen: CanvasRenderingContext2D,
  edges: readonly PlacedEdge[],
  sight: Box,
  view: View,
  colours: Colours,
  { reached }: Emphasis,
): void {
  for (const isLit of reached === null ? [false] : [false, true]) {
    pen.strokeStyle = isLit ? colours.accent : colours.strong;
    pen.globalAlpha = reached !== null && !isLit ? 0.25 : 0.8;
    for (const edge of edges) {
      const lit = reached !== null && reached.has(edge.from) && reached.has(edge.to);
      if (reached !== null && lit !== isLit) continue;
      const [first, ...others] = edge.points;
      const last = others.at(-1);
      if (first === undefined || last === undefined) continue;
      const [x0, x1] = [Math.min(first[0], last[0]), Math.max(first[0], last[0])];
      if (x1 < sight.x || x0 > sight.x + sight.width) continue;
      pen.lineWidth = Math.min(5, Math.sqrt(edge.count)) * Math.max(1, 0.6 / view.scale);
      pen.beginPath();
      pen.moveTo(first[0], first[1]);
      let before = first;
      for (const point of others) {
        const middle = (before[0] + point[0]) / 2;
        pen.bezierCurveTo(middle, before[1], middle, point[1], point[0], point[1]);
        before = point;
      }
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
}

function drawNode(pen: CanvasRenderingContext2D, each: Drawn, view: View, colours: Colours, emphasis: Emphasis): void {
  const { node, x, y, width, height } = each;
  const { current, reached, found } = emphasis;
  const isAside = (reached !== null && !reached.has(node.id)) || (found !== null && !found.has(node.id));
  const colour = colours.of(node.state);
  const isFar = view.scale < SHAPES_FROM;
  pen.globalAlpha = isAside ? 0.3 : 1;
  pen.fillStyle = isFar ? colour : node.state === "never" ? colours.ground : colours.groundOf(node.state);
  pen.strokeStyle = node.id === current ? colours.accent : colour;
  pen.lineWidth = (node.id === current ? 3 : 1) / Math.min(1, view.scale * 1.5);
  pen.beginPath();
  pen.roundRect(x, y, width, height, 5);
  pen.fill();
  pen.stroke();
  if (!isFar) {
    const hasLabel = view.scale >= LABELS_FROM;
    // Letters stay legible when one steps back, as long as they fit their box.
    const size = hasLabel ? Math.min(Math.max(13, LEAST_PX / view.scale), NODE_HEIGHT - 8) : Math.min(height - 4, 13 / view.scale);
    const middle = node.holds === undefined ? y + height / 2 : y + 18;
    pen.textBaseline = "middle";
    pen.fillStyle = colour;
    pen.font = `700 ${size}px ${colours.font}`;
    pen.fillText(STATES[node.state].shape, hasLabel ? x + 9 : x + width / 2 - size / 2, hasLabel ? middle : y + height / 2);
    if (hasLabel) drawLabel(pen, each, colours, middle, size);
  }
  pen.globalAlpha = 1;
}

function drawLabel(pen: CanvasRenderingContext2D, { node, x, y, width, height }: Drawn, colours: Colours, middle: number, size: number): void {
  pen.fillStyle = colours.text;
  pen.font = `${node.holds === undefined ? 400 : 600} ${size}px ${colours.font}`;
  const noteWidth = node.note === undefined || size > 16 ? 0 : 64;
  const start = 15 + size;
  pen.fillText(fitted(pen, node.label, width - start - 8 - noteWidth), x + start, middle);
  if (node.note !== undefined && noteWidth > 0) {
    pen.fillStyle = colours.soft;
    pen.font = `11px ${colours.font}`;
    pen.textAlign = "right";
    pen.fillText(fitted(pen, node.note, noteWidth - 4), x + width - 8, middle);
    pen.textAlign = "left";
  }
  let left = x + 10;
  for (const { state, count } of node.holds ?? []) {
    pen.fillStyle = colours.of(state);
    pen.font = `600 12px ${colours.font}`;
    const text = `${STATES[state].shape} ${count}`;
    pen.fillText(text, left, y + height - 14);
    left += pen.measureText(text).width + 10;
  }
}

const fits = new Map<string, string>();
const FITS_MAX = 20_000;

/** A text cut in the middle to a width; remembered, as measuring is what drawing spends its time on. */
function fitted(pen: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${pen.font}\u0001${Math.round(width)}\u0001${text}`;
  const known = fits.get(key);
  if (known !== undefined) return known;
  const signs = [...text];
  let shown = text;
  for (let keep = signs.length; keep > 2 && pen.measureText(shown).width > width; ) {
    keep = Math.min(keep - 1, Math.floor(keep * 0.9));
    const head = Math.ceil(keep / 2);
    shown = `${signs.slice(0, head).join("")}…${signs.slice(signs.length - (keep - head)).join("")}`;
  }
  if (fits.size > FITS_MAX) fits.clear();
  fits.set(key, shown);
  return shown;
}
