/** A run's log as a window of entries that grows at both ends: from the start, the end or around an entry; it follows the tail. */

import { useCallback, useEffect, useReducer, useRef } from "react";
import { useAnswer } from "../../api/hooks.ts";
import { client } from "../../api/client.ts";
import { ProblemError } from "../../api/problem.ts";
import { changed, NOTHING } from "./log_window.ts";

export type { Entry } from "./log_window.ts";

export const SOURCES = ["events", "stdout", "stderr"] as const;
export const KINDS = ["logs", "steps", "assets", "run", "failures"] as const;

export interface LogFilter {
  level: "debug" | "info" | "warning" | "error";
  step: string;
  /** None: all. */
  sources: readonly (typeof SOURCES)[number][];
  kinds: readonly (typeof KINDS)[number][];
  text: string;
  hasNoise: boolean;
}

/** Where the window begins: at the start, the end, or around an entry. */
export type Anchor = "start" | "end" | { entry: string };

const AT_ONCE = 500;

/** Whether a text can be the name of an entry. */
export function isEntry(text: string): boolean {
  return /^(\d{1,18}|o\d{1,15}\.\d{1,18})$/.test(text);
}

/**
 * The log of a run.
 *
 * @param runId the run
 * @param filter which entries
 * @param anchor where to begin
 */
export function useLog(runId: string, filter: LogFilter, anchor: Anchor) {
  const [state, apply] = useReducer(changed, NOTHING);
  const asked = useRef(0);
  const { level, step, text, hasNoise } = filter;
  const kinds = filter.kinds.join(" ");
  const sources = filter.sources.join(" ");
  const queryOf = useCallback(
    (place: object) => ({
      level,
      ...(step ? { step: [step] } : {}),
      ...(sources ? { source: sources.split(" ") as LogFilter["sources"][number][] } : {}),
      ...(kinds ? { kind: kinds.split(" ") as LogFilter["kinds"][number][] } : {}),
      ...(text ? { text } : {}),
      ...(hasNoise ? { noise: true } : {}),
      ...place,
    }),
    [level, step, sources, kinds, text, hasNoise],
  );
  const ask = useCallback(
    async (kind: "placed" | "older" | "newer", place: object) => {
      const mine = ++asked.current;
      apply({ kind: "asked" });
      try {
        const query = { ...queryOf(place), limit: AT_ONCE };
        const { data } = await client.GET("/api/runs/{run_id}/log", { params: { path: { run_id: runId }, query } });
        if (mine === asked.current && data !== undefined) apply({ kind, page: data });
      } catch (error) {
        if (mine === asked.current && error instanceof ProblemError) apply({ kind: "failed", problem: error });
      }
    },
    [runId, queryOf],
  );
  const place = useCallback(
    (where: Anchor) => ask("placed", where === "start" ? {} : where === "end" ? { end: true } : { around: where.entry }),
    [ask],
  );
  useEffect(() => void place(anchor), [place, anchor]);
  const { hasOlder, hasNewer, isLoading, problem, generation, parts } = state;
  const before = parts[0]?.older ?? "";
  const after = parts.at(-1)?.newer ?? "";
  const older = useCallback(() => {
    if (hasOlder && !isLoading && problem === null) void ask("older", { before });
  }, [ask, hasOlder, isLoading, before, problem]);
  const newer = useCallback(() => {
    if (hasNewer && !isLoading && problem === null) void ask("newer", { after });
  }, [ask, hasNewer, isLoading, after, problem]);
  // What comes after the last entry: asked again whenever the live stream says that the run's log grew, or that it printed.
  const isOff = generation === 0 || hasNewer || isLoading || state.isOver;
  const tail = useAnswer(
    "/api/runs/{run_id}/log",
    { path: { run_id: runId }, query: { ...queryOf({ after }), limit: AT_ONCE } },
    { topics: [`run:${runId}`, `printed:${runId}`], isOff },
  );
  const news = tail.data;
  useEffect(() => {
    if (news !== undefined && !isOff && (news.items.length > 0 || news.is_over)) apply({ kind: "newer", page: news });
  }, [news, isOff]);
  return { ...state, problem, place, older, newer };
}
