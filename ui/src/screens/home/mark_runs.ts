/** What a mark stands for, as the server tells it when somebody points at it. */

import { addressOf, client } from "../../api/client.ts";
import { queryClient } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import type { LanesBy, Mark } from "./lanes.ts";

export type Marks = Schemas["TimelineMarks"];
const PATH = "/api/timeline/marks";

/** The parameters that ask for a mark. */
export function askOf(mark: Mark, lanes: LanesBy) {
  const { name, location } = mark.lane;
  const query = {
    start: new Date(mark.from).toISOString(),
    end: new Date(mark.until).toISOString(),
    lanes,
    lane: name,
    ...(location !== null && { location }),
    limit: 6,
  };
  return { query };
}

/** The one run of a mark, asked for if it is not known yet. */
export async function runOf(mark: Mark, lanes: LanesBy): Promise<string | undefined> {
  const params = askOf(mark, lanes);
  const told = await queryClient.fetchQuery<Marks>({
    queryKey: [addressOf(PATH, params)],
    queryFn: async ({ signal }) => (await client.GET(PATH, { params, signal })).data as Marks,
  });
  return told.runs[0]?.run_id;
}
