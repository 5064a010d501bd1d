/** Many things done one after the other: what goes wrong with one keeps none of the others from it. */

import { useEffect, useRef, useState } from "react";
import { ProblemError } from "../../api/problem.ts";
import type { BulkItem } from "../../parts/bulk_items.tsx";

export interface Batch {
  ids: readonly string[];
}

type Came = Omit<BulkItem, "id">;

/**
 * What came of each item so far, and the way to begin.
 *
 * @param act does one batch; answers what came of each of its items
 */
export function useInTurn<T extends Batch>(act: (batch: T) => Promise<ReadonlyMap<string, Came>>) {
  const [came, setCame] = useState<ReadonlyMap<string, Came>>(new Map());
  const [stage, setStage] = useState<"before" | "going" | "over">("before");
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true; // closed: what has not begun does not begin
    };
  }, []);
  const begin = async (batches: readonly T[]) => {
    const note = (ids: readonly string[], say: (id: string) => Came) => setCame((before) => new Map([...before, ...ids.map((id): [string, Came] => [id, say(id)])]));
    setStage("going");
    for (const batch of batches) {
      if (isGone.current) return;
      note(batch.ids, () => ({ state: "going", text: "" }));
      try {
        const done = await act(batch);
        note(batch.ids, (id) => done.get(id) ?? { state: "done", text: "" });
      } catch (error) {
        const text = error instanceof ProblemError || error instanceof Error ? error.message : "nobody knows why";
        note(batch.ids, () => ({ state: "failed", text }));
      }
    }
    setStage("over");
  };
  return { came, stage, begin };
}
