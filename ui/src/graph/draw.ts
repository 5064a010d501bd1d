/** Draws what is in sight on a canvas. Far away labels drop out; colour and shape of the state stay. */

import { STATES } from "../state/status.tsx";
import type { Colours } from "./colours.ts";
import { cut } from "../parts/name.tsx";
import { inTwoLines, toldApart } from "../text/labels.ts";
import type { Drawn, Scene, View } from "./scene.ts";
import { NODE_HEIGHT, NODE_WIDTH, type Box, type PlacedEdge, type PlacedGroup } from "./types.ts";

/** Letters are at least so large on the screen, as long as their box has room for them. */
const LEAST_PX = 11;
/** Farther away than this they would be smaller still: labels drop out, shape and colour stay. */
const LABELS_FROM = 0.36;
const SHAPES_FROM = 0.18;
const SIZE = 13;
/** Letters of at most this size fit twice above each other into a node. */
const TWO_LINES_TO = 16;
const NOTE_WIDTH = 62;
/** How wide letters are on the average, by their size; one that is wider is drawn narrower. */
const LETTER = 0.53;

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
  const groups = scene.placed.groups.filter((group) => meets(group, sight));
  for (const group of groups) {
    pen.fillStyle = colours.raised;
    pen.strokeStyle = colours.line;
    pen.lineWidth = thin;
    pen.fillRect(group.x, group.y, group.width, group.height);
    pen.strokeRect(group.x, group.y, group.width, group.height);
  }
  drawEdges(pen, scene.placed.edges, sight, view, colours, emphasis);
  const labels = view.scale >= LABELS_FROM ? labelsOf(scene, view.scale) : null;
  for (const each of scene.nodes) if (meets(each, sight)) drawNode(pen, each, view, colours, emphasis, labels);
  for (const group of groups) drawTitle(pen, scene, group, view, colours);
}

/** The name of a group is read from afar, too, as long as it fits its box; with an edge of the ground, over nodes. */
function drawTitle(pen: CanvasRenderingContext2D, scene: Scene, group: PlacedGroup, view: View, colours: Colours): void {
  const size = Math.min(group.width / 8, Math.max(SIZE, SIZE / view.scale));
  const [title, x, y] = [titleOf(scene, group, size), group.x + 8, size > 15 ? group.y - 2 : group.y + 22];
  pen.font = `600 ${size}px ${colours.font}`;
  pen.textBaseline = "bottom";
  pen.lineJoin = "round";
  pen.lineWidth = 3 / view.scale;
  pen.strokeStyle = size > 15 ? colours.ground : colours.raised;
  pen.strokeText(title, x, y, group.width - 16);
  pen.fillStyle = colours.soft;
  pen.fillText(title, x, y, group.width - 16);
}

/** The title of an open group: its name, and the path that the names in it leave out. */
function titleOf(scene: Scene, group: PlacedGroup, size: number): string {
  const path = scene.short.left.get(group.name);
  const most = Math.max(4, Math.floor((group.width - 16) / (size * LETTER)));
  const whole = path === undefined ? group.name : `${group.name} · ${path}`;
  return cut(whole.length <= most ? whole : group.name, most);
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

function drawNode(
  pen: CanvasRenderingContext2D,
  each: Drawn,
  view: View,
  colours: Colours,
  emphasis: Emphasis,
  labels: Labels | null,
): void {
  const { node, x, y, width, height } = each;
  const { current, reached, found } = emphasis;
  const isAside = (reached !== null && !reached.has(node.id)) || (found !== null && !found.has(node.id));
  const colour = colours.of(node.state);
  const edge = node.mark === undefined ? colour : colours.of(node.mark.state);
  const isFar = view.scale < SHAPES_FROM;
  pen.globalAlpha = isAside ? 0.3 : 1;
  pen.fillStyle = isFar ? edge : node.state === "never" ? colours.ground : colours.groundOf(node.state);
  pen.strokeStyle = node.id === current ? colours.accent : edge;
  pen.lineWidth = (node.id === current ? 3 : node.mark === undefined ? 1 : 2) / Math.min(1, view.scale * 1.5);
  pen.beginPath();
  pen.roundRect(x, y, width, height, 5);
  pen.fill();
  pen.stroke();
  if (!isFar) {
    const size = labels?.size ?? Math.min(height - 4, SIZE / view.scale);
    const middle = labels === null || node.holds === undefined ? y + height / 2 : y + 18;
    pen.textBaseline = "middle";
    pen.font = `700 ${size}px ${colours.font}`;
    const lines = labels?.lines.get(node.id) ?? [];
    // Without a label the shape stands in the middle, and is as large as there is room for.
    const sign = labels?.hasNotes === true || node.mark === undefined ? node.state : node.mark.state; // from afar, what is wrong
    pen.fillStyle = colours.of(sign);
    pen.fillText(STATES[sign].shape, lines.length > 0 ? x + LEFT : x + width / 2 - size / 2, middle);
    if (labels !== null) drawLabel(pen, each, colours, middle, labels, lines);
  }
  pen.globalAlpha = 1;
}

function drawLabel(pen: CanvasRenderingContext2D, { node, x, y, width, height }: Drawn, colours: Colours, middle: number, { size, hasNotes }: Labels, lines: readonly string[]): void {
  const note = node.mark?.short ?? node.note;
  const noteWidth = hasNotes && note !== undefined ? NOTE_WIDTH : 0;
  const start = LEFT + 6 + size;
  pen.fillStyle = colours.text;
  pen.font = `${node.holds === undefined ? 400 : 600} ${size}px ${colours.font}`;
  const step = size * 1.15;
  lines.forEach((line, place) => {
    pen.fillText(line, x + start, middle + (place - (lines.length - 1) / 2) * step, width - start - RIGHT - noteWidth);
  });
  if (note !== undefined && noteWidth > 0) {
    pen.fillStyle = node.mark === undefined ? colours.soft : colours.of(node.mark.state);
    pen.font = `${node.mark === undefined ? 400 : 600} 11px ${colours.font}`;
    pen.textAlign = "right";
    pen.fillText(note, x + width - RIGHT, middle, noteWidth - 4);
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

/** What stands in the nodes at a scale. */
interface Labels {
  size: number;
  hasNotes: boolean;
  /** Lines of each node by its id; none where names could not be told apart. */
  lines: ReadonlyMap<string, readonly string[]>;
}

const LEFT = 9;
const RIGHT = 8;
const kept = new WeakMap<Scene, Map<string, Labels["lines"]>>();

/** Made once for each number of signs that fit, not for each frame. */
function labelsOf(scene: Scene, scale: number): Labels {
  const size = Math.min(Math.max(SIZE, LEAST_PX / scale), NODE_HEIGHT - 8);
  const hasTwo = size <= TWO_LINES_TO;
  const most = Math.floor((NODE_WIDTH - LEFT - 6 - size - RIGHT) / (size * LETTER));
  const mostBesideNote = hasTwo ? Math.floor((NODE_WIDTH - LEFT - 6 - size - RIGHT - NOTE_WIDTH) / (size * LETTER)) : most;
  const known = kept.get(scene) ?? new Map<string, Labels["lines"]>();
  kept.set(scene, known);
  const key = `${most} ${mostBesideNote}`;
  let lines = known.get(key);
  if (lines === undefined) {
    lines = linesOf(scene, most, mostBesideNote, hasTwo);
    known.set(key, lines);
  }
  return { size, hasNotes: hasTwo, lines };
}

function linesOf(scene: Scene, most: number, mostBesideNote: number, hasTwo: boolean): Labels["lines"] {
  const found = new Map<string, readonly string[]>();
  const long: [id: string, name: string, room: number][] = [];
  for (const { node } of scene.nodes) {
    const name = scene.short.names.get(node.id) ?? node.label;
    const room = node.note === undefined && node.mark === undefined ? most : mostBesideNote;
    const two = name.length > room && hasTwo && node.holds === undefined ? inTwoLines(name, room) : null;
    if (name.length <= room) found.set(node.id, [name]);
    else if (two !== null) found.set(node.id, two);
    else long.push([node.id, name, room]);
  }
  for (const room of new Set(long.map((each) => each[2]))) {
    const all = scene.nodes.map(({ node }) => scene.short.names.get(node.id) ?? node.label);
    const cutTo = toldApart(all, room);
    for (const [id, name, own] of long) if (own === room) found.set(id, cutTo.get(name) ? [cutTo.get(name) ?? ""] : []);
  }
  return found;
}
