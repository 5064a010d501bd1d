/** Lays graphs out beside the page, which goes on meanwhile. */

import { placeGraph } from "./place.ts";
import type { Graph } from "./types.ts";

self.onmessage = (event: MessageEvent<{ id: number; graph: Graph }>) => {
  const { id, graph } = event.data;
  self.postMessage({ id, placed: placeGraph(graph) });
};
