/** A placed graph with what the drawing asks of it again and again: what lies where, who is next to whom. */

import { shortNames, type Short } from "../text/labels.ts";
import type { Box, Graph, GraphNode, Placed, PlacedNode } from "./types.ts";

export interface Drawn extends PlacedNode {
  node: GraphNode;
}

export interface Scene {
  placed: Placed;
  nodes: readonly Drawn[];
  byId: ReadonlyMap<string, Drawn>;
  into: ReadonlyMap<string, readonly string[]>;
  out: ReadonlyMap<string, readonly string[]>;
  /** What they are called within their groups. */
  short: Short;
}

export function sceneOf(graph: Graph, placed: Placed): Scene {
  const own = new Map(graph.nodes.map((node) => [node.id, node]));
  const nodes = placed.nodes.flatMap((each) => {
    const node = own.get(each.id);
    return node ? [{ ...each, node }] : [];
  });
  const into = new Map<string, string[]>();
  const out = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    add(out, from, to);
    add(into, to, from);
  }
  return { placed, nodes, byId: new Map(nodes.map((each) => [each.id, each])), into, out, short: shortNames(graph.nodes) };
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const found = map.get(key);
  if (found) found.push(value);
  else map.set(key, [value]);
}

/** Part of the plane that is shown: its corner, and pixels for each of its units. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

export const SCALE_MIN = 0.02;
export const SCALE_MAX = 2;

/** The view that shows a box whole, no larger than life. */
export function fitting(box: Box, width: number, height: number, most = 1): View {
  const margin = 24;
  const scale = Math.max(
    SCALE_MIN,
    Math.min(most, (width - 2 * margin) / Math.max(1, box.width), (height - 2 * margin) / Math.max(1, box.height)),
  );
  return { x: box.x + box.width / 2 - width / scale / 2, y: box.y + box.height / 2 - height / scale / 2, scale };
}

/** The view with another scale, the point under the pointer staying where it is. */
export function zoomed(view: View, factor: number, px: number, py: number): View {
  const scale = Math.max(SCALE_MIN, Math.min(SCALE_MAX, view.scale * factor));
  return { x: view.x + px / view.scale - px / scale, y: view.y + py / view.scale - py / scale, scale };
}

/** The node at a point of the plane. */
export function nodeAt(scene: Scene, x: number, y: number): Drawn | null {
  return scene.nodes.find((each) => x >= each.x && x <= each.x + each.width && y >= each.y && y <= each.y + each.height) ?? null;
}

/** Where an arrow key leads: along an edge, or to the neighbour in the column. */
export function walked(scene: Scene, from: string, key: string): string | null {
  const here = scene.byId.get(from);
  if (here === undefined) return null;
  const nearest = (ids: Iterable<Drawn>, distance: (each: Drawn) => number) => {
    let best: Drawn | null = null;
    for (const each of ids) if (best === null || distance(each) < distance(best)) best = each;
    return best?.id ?? null;
  };
  const along = (ids: readonly string[] | undefined) =>
    nearest((ids ?? []).flatMap((id) => scene.byId.get(id) ?? []), (each) => Math.abs(each.y - here.y));
  if (key === "ArrowRight") return along(scene.out.get(from));
  if (key === "ArrowLeft") return along(scene.into.get(from));
  const isDown = key === "ArrowDown";
  const beyond = scene.nodes.filter((each) => (isDown ? each.y > here.y + 1 : each.y < here.y - 1));
  return nearest(beyond, (each) => Math.abs(each.y - here.y) + 3 * Math.abs(each.x - here.x));
}

/** All that lie upstream or downstream, with the node itself. */
export function reach(scene: Scene, id: string): Set<string> {
  const found = new Set([id]);
  for (const map of [scene.into, scene.out]) {
    const left = [id];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      for (const each of map.get(next) ?? []) {
        if (found.has(each)) continue;
        found.add(each);
        left.push(each);
      }
    }
  }
  return found;
}
