/** Layered placement without any search for beauty: for graphs that are too large for dagre to be done with in time. */

import { NODE_HEIGHT, NODE_WIDTH, type Graph, type PlacedEdge, type PlacedNode, type Point } from "./types.ts";

const ACROSS = 70;
const DOWN = 10;
const SWEEPS = 4;

interface Sized {
  id: string;
  width: number;
  height: number;
}

/** Columns by the longest way from a source; in a column, nodes near those they come from. */
export function placeInLayers(nodes: readonly Sized[], edges: Graph["edges"]): { nodes: PlacedNode[]; edges: PlacedEdge[] } {
  const into = new Map<string, string[]>(nodes.map((each) => [each.id, []]));
  const out = new Map<string, string[]>(nodes.map((each) => [each.id, []]));
  for (const { from, to } of edges) {
    into.get(to)?.push(from);
    out.get(from)?.push(to);
  }
  const columns = columnsOf(nodes, into, out);
  const order = orderIn(columns, into, out);
  const sizes = new Map(nodes.map((each) => [each.id, each]));
  const placed = new Map<string, PlacedNode>();
  let x = 0;
  for (const column of order) {
    let y = 0;
    for (const id of column) {
      const { width, height } = sizes.get(id) ?? { width: NODE_WIDTH, height: NODE_HEIGHT };
      placed.set(id, { id, x, y, width, height });
      y += height + DOWN;
    }
    x += Math.max(0, ...column.map((id) => placed.get(id)?.width ?? 0)) + ACROSS;
  }
  const lines = edges.flatMap(({ from, to }) => {
    const [start, end] = [placed.get(from), placed.get(to)];
    return start && end ? [{ from, to, count: 1, points: straight(start, end) }] : [];
  });
  return { nodes: [...placed.values()], edges: lines };
}

function straight(start: PlacedNode, end: PlacedNode): Point[] {
  const a: Point = [start.x + start.width, start.y + start.height / 2];
  const b: Point = [end.x, end.y + end.height / 2];
  return [a, b];
}

function columnsOf(nodes: readonly Sized[], into: Map<string, string[]>, out: Map<string, string[]>): string[][] {
  const left = new Map([...into].map(([id, from]) => [id, from.length]));
  const depth = new Map<string, number>();
  const ready = nodes.filter((each) => left.get(each.id) === 0).map((each) => each.id);
  for (const id of ready) depth.set(id, 0);
  for (let at = 0; at < ready.length; at += 1) {
    const id = ready[at] as string;
    for (const next of out.get(id) ?? []) {
      depth.set(next, Math.max(depth.get(next) ?? 0, (depth.get(id) ?? 0) + 1));
      const still = (left.get(next) ?? 1) - 1;
      left.set(next, still);
      if (still === 0) ready.push(next);
    }
  }
  const columns: string[][] = [];
  for (const { id } of nodes) (columns[depth.get(id) ?? 0] ??= []).push(id);
  return columns.map((each) => each ?? []);
}

function orderIn(columns: string[][], into: Map<string, string[]>, out: Map<string, string[]>): string[][] {
  const place = new Map<string, number>();
  const note = (column: string[]) => column.forEach((id, at) => place.set(id, at));
  columns.forEach(note);
  const mean = (ids: readonly string[], own: number) =>
    ids.length === 0 ? own : ids.reduce((sum, id) => sum + (place.get(id) ?? 0), 0) / ids.length;
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    const near = isForward ? into : out;
    for (const column of isForward ? columns : [...columns].reverse()) {
      const wish = new Map(column.map((id) => [id, mean(near.get(id) ?? [], place.get(id) ?? 0)]));
      column.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
      note(column);
    }
  }
  return columns;
}
