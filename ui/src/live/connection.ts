/** Whether the server answers. */

import { useSyncExternalStore } from "react";

/** unknown: nobody asked yet. */
export type Connection = "unknown" | "open" | "lost";

const listeners = new Set<() => void>();
let connection: Connection = "unknown";

/** Said by the stream. */
export function setConnection(value: Connection): void {
  if (connection === value) return;
  connection = value;
  for (const each of listeners) each();
}

/** Whether the server answers, and again whenever that changes. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => connection,
  );
}
