/** What is laid out and drawn: nodes in groups, edges, and where they lie. */

import type { State } from "../state/status.tsx";

export interface GraphNode {
  id: string;
  label: string;
  /** Beneath the label, e.g. "3h late". */
  note?: string;
  state: State;
  /** Instead of the state's own word. */
  word?: string;
  /** What is wrong with it whatever its state is: as a whole, and so short that it fits beside the label. */
  mark?: { state: State; text: string; short: string };
  /** The group's name; nodes without one stand for themselves. */
  group?: string;
  /** A group that is shown as one box: how many it holds, by state. */
  holds?: readonly { state: State; count: number; word?: string }[];
  /** Where it opens. */
  to?: string;
}

export interface GraphEdge {
  from: string;
  to: string;
}

export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
}

export type Point = readonly [x: number, y: number];

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedNode extends Box {
  id: string;
}

export interface PlacedEdge {
  from: string;
  to: string;
  points: readonly Point[];
  /** How many edges it stands for, between two groups. */
  count: number;
}

export interface PlacedGroup extends Box {
  name: string;
}

export interface Placed extends Pick<Box, "width" | "height"> {
  nodes: readonly PlacedNode[];
  groups: readonly PlacedGroup[];
  edges: readonly PlacedEdge[];
}

export const NODE_WIDTH = 190;
export const NODE_HEIGHT = 36;
/** A box of a group holds its counts in a second line. */
export const HOLDER_HEIGHT = 54;
