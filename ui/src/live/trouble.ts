/** How all of it does, in one word: what the tab's sign shows, and whether what is on screen may be old. */

import { useEffect } from "react";
import { useService } from "../state/caller.ts";
import type { State } from "../state/status.tsx";
import { useConnection } from "./connection.ts";

/** `done`: nothing is wrong; `attention`; `failed`: nothing is started, or nobody answers. */
export function useTrouble(): State {
  const { data, error } = useService();
  const connection = useConnection();
  if (connection === "lost" || error !== null || data?.state === "stopped") return "failed";
  if (data !== undefined && (data.state === "late" || data.attention > 0)) return "attention";
  return "done";
}

/** Shows the state as the sign of the tab. */
export function useFavicon(state: State): void {
  useEffect(() => {
    const link = document.getElementById("favicon");
    if (link instanceof HTMLLinkElement) link.href = state === "done" ? "/favicon.svg" : `/favicon-${state}.svg`;
  }, [state]);
}
