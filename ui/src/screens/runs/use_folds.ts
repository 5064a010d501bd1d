/** Backfills whose runs are shown below their rows: which ones, in the address; their runs, by one question each. */

import { useCallback, useMemo } from "react";
import { useAnswers } from "../../api/hooks.ts";
import { useParam } from "../../parts/url.ts";
import type { Row } from "./columns.tsx";

/** So many runs of a backfill are shown; its page has all. */
export const SHOWN = 100;

export interface Folds {
  has: (backfillId: string) => boolean;
  /** Whether its runs are on their way. */
  isBusy: (backfillId: string) => boolean;
  flip: (backfillId: string) => void;
  /** The runs below a row, as far as they are there. */
  rowsOf: (row: Row) => readonly Row[];
}

const NONE: readonly Row[] = [];

/**
 * @param query what the list asks for
 * @param isOn whether backfills are folded at all
 */
export function useFolds(query: { q?: string; tab?: "queued" | "running" | "failed"; zone?: string }, isOn: boolean): Folds {
  const [text, setText] = useParam("open", "", true);
  const open = useMemo(() => (isOn ? text.split(" ").filter(Boolean) : []), [text, isOn]);
  const { q, tab, zone } = query;
  const asked = open.map((id) => ({
    query: { q: [q, `backfill:${id}`].filter(Boolean).join(" "), ...(tab === undefined ? {} : { tab }), ...(zone === undefined ? {} : { zone }), limit: SHOWN },
  }));
  const answers = useAnswers("/api/runs", asked, { topics: ["runs"] });
  const busy = open.filter((_, place) => answers[place]?.isLoading).join(" ");
  const found = useMemo(() => new Map(open.map((id, place) => [id, (answers[place]?.data?.items ?? NONE) as readonly Row[]])), [open, answers]);
  const rowsOf = useCallback((row: Row) => (row.fold === null ? NONE : (found.get(row.fold.backfill_id) ?? NONE)), [found]);
  return useMemo(
    () => ({
      has: (id) => open.includes(id),
      isBusy: (id) => busy.split(" ").includes(id),
      flip: (id) => setText((open.includes(id) ? open.filter((each) => each !== id) : [...open, id]).join(" ")),
      rowsOf,
    }),
    [open, busy, setText, rowsOf],
  );
}
