/** How often answers are asked for again while there is no live stream. */

import { useSyncExternalStore } from "react";

const EVERY_MS = 10_000;
const listeners = new Set<() => void>();
let isStreaming = false;

/** Said by the stream: whether changes are told. */
export function setStreaming(value: boolean): void {
  if (isStreaming === value) return;
  isStreaming = value;
  for (const each of listeners) each();
}

/** Whether changes are told as they happen. */
export function useIsStreaming(): boolean {
  return useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => isStreaming,
  );
}

/** Milliseconds between two questions; false: none are needed, as changes are told. */
export function useFallbackInterval(): number | false {
  return useIsStreaming() ? false : EVERY_MS;
}
