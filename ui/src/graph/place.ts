/**
 * Where everything lies. Each group is laid out by itself, then the groups as boxes: a thousand nodes take a second,
 * and a group stays one rectangle. Edges that leave a group run to a port at its side, and on as one edge for all
 * between two groups; dagre leads them around the nodes on their way.
 */

import dagre from "@dagrejs/dagre";
import { placeInLayers } from "./layered.ts";
import {
  HOLDER_HEIGHT,
  NODE_HEIGHT,
  NODE_WIDTH,
  type Graph,
  type GraphNode,
  type Placed,
  type PlacedEdge,
  type PlacedGroup,
  type PlacedNode,
  type Point,
} from "./types.ts";

/** Nodes of one layout above which plain layers are used (count). */
const MOST_FOR_DAGRE = 600;
/** Nodes in all above which they are used throughout (count). */
const MOST_IN_ALL = 3_000;
const PADDING = 14;
const TITLE = 26;
const IN_PORT = "\u0000in";
const OUT_PORT = "\u0000out";

interface Part {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
  inPort: Point | null;
  outPort: Point | null;
}

interface Sized {
  id: string;
  width: number;
  height: number;
}

/** The whole graph, placed. */
export function placeGraph({ nodes, edges }: Graph): Placed {
  const isPlain = nodes.length > MOST_IN_ALL;
  const unitOf = new Map(nodes.map((node) => [node.id, unit(node)]));
  const members = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const name = unitOf.get(node.id) as string;
    const found = members.get(name);
    if (found) found.push(node);
    else members.set(name, [node]);
  }
  const inner = new Map<string, { from: string; to: string }[]>();
  const outer = new Map<string, { from: string; to: string; count: number }>();
  for (const edge of edges) {
    const from = unitOf.get(edge.from);
    const to = unitOf.get(edge.to);
    if (from === undefined || to === undefined) continue;
    if (from === to) push(inner, from, edge);
    else {
      const key = `${from}\u0001${to}`;
      const found = outer.get(key);
      if (found) found.count += 1;
      else outer.set(key, { from, to, count: 1 });
      push(inner, from, { from: edge.from, to: OUT_PORT });
      push(inner, to, { from: IN_PORT, to: edge.to });
    }
  }
  const parts = new Map([...members].map(([name, own]) => [name, placePart(name, own, inner.get(name) ?? [], isPlain)]));
  return assemble(parts, [...outer.values()], isPlain);
}

/** The box a node belongs to: its group, or itself. */
function unit(node: GraphNode): string {
  return node.group === undefined ? `\u0002${node.id}` : node.group;
}

function isGroup(name: string): boolean {
  return !name.startsWith("\u0002");
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const found = map.get(key);
  if (found) found.push(value);
  else map.set(key, [value]);
}

function placePart(name: string, own: readonly GraphNode[], edges: readonly { from: string; to: string }[], isPlain: boolean): Part {
  const sized: Sized[] = own.map((node) => ({
    id: node.id,
    width: NODE_WIDTH,
    height: node.holds === undefined ? NODE_HEIGHT : HOLDER_HEIGHT,
  }));
  const [only] = sized;
  if (!isGroup(name) && only !== undefined) {
    const middle = only.height / 2;
    const node = { ...only, x: 0, y: 0 };
    return { nodes: [node], edges: [], width: only.width, height: only.height, inPort: [0, middle], outPort: [only.width, middle] };
  }
  const unique = dedupe(edges);
  const ports = [IN_PORT, OUT_PORT].filter((port) => unique.some((edge) => edge.from === port || edge.to === port));
  const all = [...sized, ...ports.map((id) => ({ id, width: 1, height: 1 }))];
  const laid = isPlain || all.length > MOST_FOR_DAGRE ? placeInLayers(all, unique) : withDagre(all, unique, 10, 44);
  const at = new Map(laid.nodes.map((node) => [node.id, node]));
  const center = (id: string): Point | null => {
    const node = at.get(id);
    return node ? [node.x + node.width / 2, node.y + node.height / 2] : null;
  };
  return {
    nodes: laid.nodes.filter((node) => !node.id.startsWith("\u0000")),
    edges: laid.edges,
    width: Math.max(0, ...laid.nodes.map((node) => node.x + node.width)),
    height: Math.max(0, ...laid.nodes.map((node) => node.y + node.height)),
    inPort: center(IN_PORT),
    outPort: center(OUT_PORT),
  };
}

function dedupe(edges: readonly { from: string; to: string }[]): { from: string; to: string }[] {
  return [...new Map(edges.map((edge) => [`${edge.from}\u0001${edge.to}`, edge])).values()];
}

function withDagre(
  nodes: readonly Sized[],
  edges: readonly { from: string; to: string; count?: number }[],
  nodesep: number,
  ranksep: number,
): { nodes: PlacedNode[]; edges: PlacedEdge[] } {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep, ranksep, edgesep: 6, ranker: "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { from, to } of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const placed = nodes.map(({ id, width, height }) => {
    const { x, y } = graph.node(id);
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  });
  const lines = edges.map(({ from, to, count = 1 }) => {
    const points = graph.edge({ v: from, w: to }).points ?? [];
    return { from, to, count, points: points.map(({ x, y }: { x: number; y: number }): Point => [x, y]) };
  });
  return { nodes: placed, edges: lines };
}

function assemble(parts: Map<string, Part>, between: { from: string; to: string; count: number }[], isPlain: boolean): Placed {
  const boxes = [...parts].map(([name, part]) => {
    const extra = isGroup(name) ? PADDING * 2 : 0;
    return { id: name, width: part.width + extra, height: part.height + extra + (isGroup(name) ? TITLE : 0) };
  });
  const top = isPlain || boxes.length > MOST_FOR_DAGRE ? placeInLayers(boxes, between) : withDagre(boxes, between, 22, 70);
  const nodes: PlacedNode[] = [];
  const groups: PlacedGroup[] = [];
  const edges: PlacedEdge[] = [];
  const ports = new Map<string, { in: Point; out: Point }>();
  for (const box of top.nodes) {
    const part = parts.get(box.id) as Part;
    const [left, upper] = isGroup(box.id) ? [box.x + PADDING, box.y + PADDING + TITLE] : [box.x, box.y];
    const moved = ([x, y]: Point): Point => [x + left, y + upper];
    if (isGroup(box.id)) groups.push({ name: box.id, x: box.x, y: box.y, width: box.width, height: box.height });
    nodes.push(...part.nodes.map((node) => ({ ...node, x: node.x + left, y: node.y + upper })));
    edges.push(...part.edges.map((edge) => ({ ...edge, ...ends(edge, box.id), points: edge.points.map(moved) })));
    const middle = box.y + box.height / 2;
    ports.set(box.id, {
      in: part.inPort ? moved(part.inPort) : [box.x, middle],
      out: part.outPort ? moved(part.outPort) : [box.x + box.width, middle],
    });
  }
  for (const line of top.edges) {
    const [from, to] = [ports.get(line.from), ports.get(line.to)];
    if (from === undefined || to === undefined) continue;
    edges.push({ ...line, points: [from.out, ...line.points, to.in] });
  }
  const width = Math.max(0, ...top.nodes.map((box) => box.x + box.width));
  const height = Math.max(0, ...top.nodes.map((box) => box.y + box.height));
  return { nodes, groups, edges, width, height };
}

/** Ports of a group are named after it, so that an edge says which group it leads out of. */
function ends(edge: PlacedEdge, name: string): { from: string; to: string } {
  return { from: edge.from === IN_PORT ? name : edge.from, to: edge.to === OUT_PORT ? name : edge.to };
}
