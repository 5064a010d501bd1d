/** How all of it does, in one word: what the tab's sign shows, and whether what is on screen may be old. */

import { useEffect } from "react";
import { lookFirst } from "../api/first.ts";
import type { Schemas } from "../api/types.ts";
import { useService } from "../state/caller.ts";
import type { State } from "../state/status.tsx";
import { useConnection } from "./connection.ts";

/** `done`: nothing is wrong; `attention`; `failed`: nothing is started, or nobody answers. */
export function useTrouble(): State {
  const { data, error } = useService();
  const connection = useConnection();
  if (connection === "lost" || error !== null) return "failed";
  return data === undefined ? "done" : troubleOf(data);
}

/** Shows the state as the sign of the tab. */
export function useFavicon(state: State): void {
  useEffect(() => showSign(state), [state]);
}

/** The sign that fits the first answer, before the browser asks for one: else it would ask for two. */
export function showFirstSign(): void {
  const first = lookFirst("/api/service") as Partial<Schemas["ServiceShape"]> | undefined;
  if (first !== undefined) showSign(troubleOf(first));
}

function showSign(state: State): void {
  const link = document.getElementById("favicon");
  const href = state === "done" ? "/favicon.svg" : `/favicon-${state}.svg`;
  if (link instanceof HTMLLinkElement && link.getAttribute("href") !== href) link.href = href;
}

function troubleOf({ state, attention = 0 }: Partial<Schemas["ServiceShape"]>): State {
  if (state === "stopped") return "failed";
  return state === "late" || attention > 0 ? "attention" : "done";
}
