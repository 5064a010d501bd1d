/** All assets that a filter means, also those that are not loaded; the server says which. */

import { client } from "../../api/client.ts";
import type { Schemas } from "../../api/types.ts";
import { idOf } from "../automation/place.ts";
import type { AssetRow } from "./columns.tsx";

export interface Meant {
  items: readonly Schemas["MeantAsset"][];
  /** What makes them by itself: ids of the list of automations. */
  automations: readonly string[];
  /** Whether these are all; else the first so many as one request may name. */
  isWhole: boolean;
}

/** All that match. */
export async function meantBy(query: string, selection: string): Promise<Meant> {
  const { data } = await client.GET("/api/assets/meant", { params: { query: { q: query, selection } } });
  const told = data as Schemas["AssetsMeant"];
  return { items: told.items, automations: told.automations.map(idOf), isWhole: told.is_whole };
}

/** The selected ones of those that are loaded. */
export function meantRows(rows: readonly AssetRow[]): Meant {
  const refs = rows.flatMap((row) => row.automations).filter((each) => each.name !== "");
  const ids = refs.map(({ kind, location, name }) => idOf({ kind: kind === "schedule" ? "schedule" : "sensor", location, name }));
  return { items: rows, automations: [...new Set(ids)], isWhole: true };
}

/** The same assets by their code locations, in the order of these. */
export function byLocation<T extends { location: string }>(items: readonly T[]): [location: string, items: T[]][] {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const own = found.get(item.location);
    if (own) own.push(item);
    else found.set(item.location, [item]);
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1));
}
