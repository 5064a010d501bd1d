/** A run's log as a window of entries that grows at both ends: from the start, the end or around an entry; it follows the tail. */

import { useCallback, useEffect, useReducer, useRef } from "react";
import { useAnswer } from "../../api/hooks.ts";
import { client } from "../../api/client.ts";
import { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";

export type Entry = Schemas["EventShape"];
type Page = Schemas["EventsPage"];

export interface LogFilter {
  level: "debug" | "info" | "warning" | "error";
  step: string;
  kinds: readonly ("logs" | "steps" | "assets" | "run" | "failures")[];
  text: string;
  hasNoise: boolean;
}

/** Where the window begins: at the start, the end, or around an entry. */
export type Anchor = "start" | "end" | number;

const AT_ONCE = 500;
const MOST = 30_000;

interface Window {
  entries: readonly Entry[];
  hasOlder: boolean;
  hasNewer: boolean;
  /** The oldest and the newest entry that the server looked at. */
  firstId: number;
  lastId: number;
  /** How far it looked, where there is little that fits: the rest is asked for next. */
  lookedTo: string | null;
  isOver: boolean;
  isLoading: boolean;
  problem: ProblemError | null;
  /** How many entries the last answer put in front, so that the reader's place can be kept. */
  prepended: number;
  /** Grows with each window that took the place of another. */
  generation: number;
}

type Change =
  | { kind: "asked"; isNew: boolean }
  | { kind: "failed"; problem: ProblemError }
  | { kind: "placed" | "older" | "newer"; page: Page };

const NOTHING: Window = {
  entries: [],
  hasOlder: false,
  hasNewer: false,
  firstId: 0,
  lastId: 0,
  lookedTo: null,
  isOver: false,
  isLoading: true,
  problem: null,
  prepended: 0,
  generation: 0,
};

function changed(before: Window, change: Change): Window {
  if (change.kind === "asked") return { ...before, isLoading: true, problem: null, prepended: 0 };
  if (change.kind === "failed") return { ...before, isLoading: false, problem: change.problem };
  const { page } = change;
  const common = { isOver: page.is_over, isLoading: false, problem: null, lookedTo: page.looked_to_at };
  if (change.kind === "placed") {
    return {
      ...common,
      entries: page.items,
      hasOlder: page.has_older,
      hasNewer: page.has_newer,
      firstId: page.first_id,
      lastId: page.last_id,
      prepended: 0,
      generation: before.generation + 1,
    };
  }
  if (change.kind === "older") {
    const all = [...page.items, ...before.entries];
    const isCut = all.length > MOST; // what is far from the reader is let go, and fetched again when he comes there
    return {
      ...before,
      ...common,
      entries: isCut ? all.slice(0, MOST) : all,
      hasOlder: page.has_older,
      firstId: page.first_id,
      hasNewer: before.hasNewer || isCut,
      lastId: isCut ? (all[MOST - 1]?.id ?? before.lastId) : before.lastId,
      prepended: page.items.length,
    };
  }
  const known = before.entries.at(-1)?.id ?? 0;
  const all = [...before.entries, ...page.items.filter((each) => each.id > known)];
  const surplus = Math.max(0, all.length - MOST);
  return {
    ...before,
    ...common,
    entries: surplus > 0 ? all.slice(surplus) : all,
    hasOlder: before.hasOlder || surplus > 0,
    firstId: surplus > 0 ? (all[surplus]?.id ?? before.firstId) : before.firstId,
    hasNewer: page.has_newer,
    lastId: Math.max(before.lastId, page.last_id),
    prepended: -surplus,
  };
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
  const queryOf = useCallback(
    (place: object) => ({
      level,
      ...(step ? { step: [step] } : {}),
      ...(kinds ? { kind: kinds.split(" ") as LogFilter["kinds"][number][] } : {}),
      ...(text ? { text } : {}),
      ...(hasNoise ? { noise: true } : {}),
      ...place,
    }),
    [level, step, kinds, text, hasNoise],
  );
  const ask = useCallback(
    async (kind: "placed" | "older" | "newer", place: object) => {
      const mine = ++asked.current;
      apply({ kind: "asked", isNew: kind === "placed" });
      try {
        const query = { ...queryOf(place), limit: AT_ONCE };
        const { data } = await client.GET("/api/runs/{run_id}/events", { params: { path: { run_id: runId }, query } });
        if (mine === asked.current && data !== undefined) apply({ kind, page: data });
      } catch (error) {
        if (mine === asked.current && error instanceof ProblemError) apply({ kind: "failed", problem: error });
      }
    },
    [runId, queryOf],
  );
  const place = useCallback(
    (where: Anchor) => ask("placed", where === "start" ? {} : where === "end" ? { end: true } : { around: where }),
    [ask],
  );
  useEffect(() => void place(anchor), [place, anchor]);
  const { hasOlder, hasNewer, isLoading, firstId, lastId, problem, generation } = state;
  const older = useCallback(() => {
    if (hasOlder && !isLoading && problem === null) void ask("older", { before: firstId });
  }, [ask, hasOlder, isLoading, firstId, problem]);
  const newer = useCallback(() => {
    if (hasNewer && !isLoading && problem === null) void ask("newer", { after: lastId });
  }, [ask, hasNewer, isLoading, lastId, problem]);
  // What comes after the last entry: asked again whenever the live stream says that the run's log grew.
  const tail = useAnswer(
    "/api/runs/{run_id}/events",
    { path: { run_id: runId }, query: { ...queryOf({ after: lastId }), limit: AT_ONCE } },
    { topics: [`run:${runId}`], isOff: generation === 0 || hasNewer || isLoading || state.isOver },
  );
  const news = tail.data;
  useEffect(() => {
    if (news !== undefined && !hasNewer && news.last_id > lastId) apply({ kind: "newer", page: news });
    else if (news !== undefined && news.is_over) apply({ kind: "newer", page: news });
  }, [news, hasNewer, lastId]);
  return { ...state, problem, place, older, newer };
}
