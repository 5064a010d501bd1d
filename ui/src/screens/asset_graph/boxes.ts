/** From assets to what is shown: groups that are closed are one box, which tells how many it holds stand how. */

import type { Schemas } from "../../api/types.ts";
import type { Graph, GraphEdge, GraphNode } from "../../graph/types.ts";
import type { State } from "../../state/status.tsx";
import { stateOfAsset } from "../../text/asset.ts";
import { count, counted } from "../../text/number.ts";
import { relative } from "../../text/time.ts";

export type Assets = Schemas["AssetGraph"];

/** Up to so many assets are shown one by one at first (count). */
const SHOWN_WHOLE = 60;
const GROUP = "group:";
/** What a box of a group stands for, the most urgent first. */
const URGENCY: readonly State[] = ["failed", "attention", "running", "stale", "never", "done", "skipped"];

export function groupOf(id: string): string | null {
  return id.startsWith(GROUP) ? id.slice(GROUP.length) : null;
}

/** The groups that are open: as the address says, or all when there are few assets. */
export function openGroups(param: string, assets: Assets): ReadonlySet<string> {
  const all = new Set(assets.nodes.map((node) => node.group));
  if (param === "*" || (param === "" && assets.nodes.length <= SHOWN_WHOLE)) return all;
  if (param === "" || param === "-") return new Set();
  return new Set(param.split(",").map(decodeURIComponent));
}

export function openText(open: ReadonlySet<string>, assets: Assets): string {
  const all = new Set(assets.nodes.map((node) => node.group));
  if (open.size === 0) return "-";
  return open.size === all.size ? "*" : [...open].sort().map(encodeURIComponent).join(",");
}

export function graphOf(assets: Assets, open: ReadonlySet<string>, now: Date): Graph {
  const shownAs = assets.nodes.map((node) => (open.has(node.group) ? node.key : GROUP + node.group));
  const nodes: GraphNode[] = [];
  const closed = new Map<string, Map<State, { count: number; word?: string }>>();
  for (const node of assets.nodes) {
    const look = stateOfAsset(node.state);
    if (open.has(node.group)) {
      const note = node.failed_partitions > 0 ? `${count(node.failed_partitions)} failed` : node.made_at ? relative(new Date(node.made_at), now) : undefined;
      const to = `/assets/${node.key.split("/").map(encodeURIComponent).join("/")}`;
      const mark = markOf(node.failed_checks);
      nodes.push({ id: node.key, label: node.key, ...look, group: node.group, to, ...(note === undefined ? {} : { note }), ...(mark === undefined ? {} : { mark }) });
    } else {
      const held = closed.get(node.group) ?? new Map<State, { count: number; word?: string }>();
      // One that failed is counted as that; of the others, those whose checks failed stand for themselves.
      const { state, ...word } = node.failed_checks > 0 && look.state !== "failed" ? { state: "attention" as State, word: "with failed checks" } : look;
      held.set(state, { count: (held.get(state)?.count ?? 0) + 1, ...word });
      closed.set(node.group, held);
    }
  }
  for (const [name, held] of closed) {
    const holds = URGENCY.flatMap((state) => {
      const own = held.get(state);
      return own === undefined ? [] : [{ state, ...own }];
    });
    const total = holds.reduce((sum, each) => sum + each.count, 0);
    nodes.push({ id: GROUP + name, label: `${name}: ${count(total)}`, state: holds[0]?.state ?? "never", holds });
  }
  const edges = new Map<string, GraphEdge>();
  for (const [from, to] of assets.edges) {
    const edge = { from: shownAs[from] ?? "", to: shownAs[to] ?? "" };
    if (edge.from !== edge.to) edges.set(`${edge.from}\u0001${edge.to}`, edge);
  }
  return { nodes, edges: [...edges.values()] };
}

/** That checks failed, whatever the state of the asset is. */
function markOf(failed: number): GraphNode["mark"] {
  return failed > 0 ? { state: "failed", text: `${counted(failed, "check")} failed`, short: `✕ ${counted(failed, "check")}` } : undefined;
}

/** The shown nodes that a search finds: assets by their key, closed groups by any asset in them. */
export function foundIn(assets: Assets, open: ReadonlySet<string>, text: string): ReadonlySet<string> | null {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return null;
  const fitting = assets.nodes.filter((node) => node.key.toLowerCase().includes(wanted));
  return new Set(fitting.map((node) => (open.has(node.group) ? node.key : GROUP + node.group)));
}
