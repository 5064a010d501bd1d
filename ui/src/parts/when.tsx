/** An instant: relative in lists, with the absolute time in the tooltip; it goes on while it is looked at. */

import { useSyncExternalStore } from "react";
import { absolute, relative, useZone } from "../text/time.ts";

const STEP_MS = 1_000;
let now = new Date();
let timer: number | undefined;
const listeners = new Set<() => void>();

function listen(told: () => void): () => void {
  listeners.add(told);
  timer ??= window.setInterval(() => {
    if (document.hidden) return;
    now = new Date();
    for (const each of listeners) each();
  }, STEP_MS);
  return () => {
    listeners.delete(told);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present, to the second; one timer for all who ask, none while nobody does. */
export function useNow(): Date {
  return useSyncExternalStore(listen, () => now);
}

/** An instant as text; nothing, if there is none. */
export function When({ at, isAbsolute = false }: { at: string | null | undefined; isAbsolute?: boolean }) {
  const present = useNow();
  const zone = useZone();
  if (at === null || at === undefined) return null;
  const instant = new Date(at);
  const exact = absolute(instant, zone);
  return (
    <time dateTime={at} title={exact}>
      {isAbsolute ? exact : relative(instant, present)}
    </time>
  );
}
