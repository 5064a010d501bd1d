/** The keys of all assets that a filter means, also of those that are not loaded. */

import { client } from "../../api/client.ts";

const PAGE = 1_000;

export async function everyKey(query: string, selection: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await client.GET("/api/assets", { params: { query: { q: query, selection, limit: PAGE, cursor } } });
    if (data === undefined) break;
    keys.push(...data.items.map((row) => row.key));
    cursor = data.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return keys;
}
