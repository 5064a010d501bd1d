/** What somebody set for himself in this browser: zone, hours, theme, density, shortcuts, editor. */

import { useSyncExternalStore } from "react";

export interface Settings {
  /** An IANA zone, or "browser". */
  zone: string;
  /** Whether hours are counted to 24, or twice to 12. */
  hours: "24" | "12";
  theme: "system" | "light" | "dark";
  density: "compact" | "comfortable";
  hasShortcuts: boolean;
  /** Address of the editor with {file} and {line}; empty: no links. */
  editor: string;
}

const KEY = "watchbell.settings";
const DEFAULTS: Settings = { zone: "browser", hours: "24", theme: "system", density: "compact", hasShortcuts: true, editor: "" };
const listeners = new Set<() => void>();
let current = read();

function read(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return DEFAULTS; // storage is switched off, or holds what is no JSON
  }
}

/** The settings now. */
export function settings(): Settings {
  return current;
}

/** Changes some of them, for all tabs from their next load on. */
export function change(some: Partial<Settings>): void {
  current = { ...current, ...some };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // it holds for this tab alone
  }
  apply();
  for (const each of listeners) each();
}

/** The settings, and again whenever they change. */
export function useSettings(): Settings {
  return useSyncExternalStore(listen, settings);
}

function listen(told: () => void): () => void {
  listeners.add(told);
  return () => listeners.delete(told);
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");

/** Shows theme and density; called at the start. */
export function apply(): void {
  const isDark = current.theme === "dark" || (current.theme === "system" && dark.matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  document.documentElement.dataset["density"] = current.density;
}

dark.addEventListener("change", apply);
