/** Which topics the screen depends on now; the stream follows them. */

import { useEffect } from "react";

const wanted = new Map<string, number>();
const listeners = new Set<() => void>();

/** The topics that somebody on screen depends on. */
export function wantedTopics(): string[] {
  return [...wanted.keys()].sort();
}

/** Calls when these change; returns how to stop. */
export function onWanted(told: () => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

/** While a component is shown, its topics are followed. */
export function useTopics(topics: readonly string[] | undefined, isOn: boolean): void {
  const key = (topics ?? []).join(" ");
  useEffect(() => {
    if (!isOn || !key) return undefined;
    const mine = key.split(" ");
    for (const each of mine) wanted.set(each, (wanted.get(each) ?? 0) + 1);
    for (const each of listeners) each();
    return () => {
      for (const each of mine) {
        const count = (wanted.get(each) ?? 1) - 1;
        if (count > 0) wanted.set(each, count);
        else wanted.delete(each);
      }
      for (const each of listeners) each();
    };
  }, [key, isOn]);
}
