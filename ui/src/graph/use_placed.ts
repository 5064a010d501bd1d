/** The layout of a graph, made in a worker; the one before stays until the next is there. */

import { useEffect, useRef, useState } from "react";
import type { Graph, Placed } from "./types.ts";

let worker: Worker | null = null;
let last = 0;
const waiting = new Map<number, (placed: Placed) => void>();

function layout(graph: Graph, done: (placed: Placed) => void): () => void {
  if (worker === null) {
    worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<{ id: number; placed: Placed }>) => {
      waiting.get(event.data.id)?.(event.data.placed);
      waiting.delete(event.data.id);
    };
  }
  last += 1;
  const id = last;
  waiting.set(id, done);
  worker.postMessage({ id, graph });
  return () => waiting.delete(id);
}

/** What the layout depends on: not on states or notes, so that a change of those moves nothing. */
function shape(graph: Graph): string {
  const nodes = graph.nodes.map((node) => `${node.id}\u0001${node.group ?? ""}\u0001${node.holds ? 1 : 0}`);
  return `${nodes.join("\u0002")}\u0003${graph.edges.map((edge) => `${edge.from}\u0001${edge.to}`).join("\u0002")}`;
}

export function usePlaced(graph: Graph): { placed: Placed | null; isBusy: boolean } {
  const key = shape(graph);
  const latest = useRef(graph);
  useEffect(() => {
    latest.current = graph;
  });
  const [state, setState] = useState<{ key: string; placed: Placed } | null>(null);
  useEffect(() => layout(latest.current, (placed) => setState({ key, placed })), [key]);
  return { placed: state?.placed ?? null, isBusy: state?.key !== key };
}
