/** Assets as people read them: their addresses, and how their states and those of partitions are shown. */

import type { State } from "../state/status.tsx";

/** The address of an asset's page. The parts of its key are parts of the path. */
export function assetAddress(key: string, tab = ""): string {
  const path = key.split("/").map(encodeURIComponent).join("/");
  return `/assets/${path}${tab ? `?tab=${tab}` : ""}`;
}

/** The key that an address of the browser names. */
export function keyOfAddress(path: string): string {
  return path
    .replace(/^\/assets\//, "")
    .split("/")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return part; // typed by hand, with a lonely percent sign
      }
    })
    .join("/");
}

const OF_ASSET: Record<string, { state: State; word?: string }> = {
  failed: { state: "failed" },
  running: { state: "running" },
  stale: { state: "stale" },
  done: { state: "done" },
  never: { state: "never", word: "never made" },
  external: { state: "skipped", word: "external" },
};

/** What an asset's state is for people. */
export function stateOfAsset(state: string): { state: State; word?: string } {
  return OF_ASSET[state] ?? { state: "never" };
}

/** What a partition's state is for people, the words of the list. */
export const OF_PARTITION: Record<string, { state: State; word: string }> = {
  failed: { state: "failed", word: "failed" },
  in_progress: { state: "running", word: "being made" },
  planned: { state: "queued", word: "planned" },
  stale: { state: "stale", word: "stale" },
  made: { state: "done", word: "made" },
  missing: { state: "never", word: "missing" },
};

const OF_CHECK: Record<string, { state: State; word: string }> = {
  passed: { state: "done", word: "passed" },
  warned: { state: "attention", word: "warned" },
  failed: { state: "failed", word: "failed" },
  running: { state: "running", word: "running" },
  skipped: { state: "skipped", word: "skipped" },
  never: { state: "never", word: "never ran" },
};

/** What a check's verdict is for people. */
export function stateOfCheck(verdict: string): { state: State; word: string } {
  return OF_CHECK[verdict] ?? { state: "never", word: verdict };
}

const FRESH: Record<string, { state: State; word: string }> = {
  PASS: { state: "done", word: "fresh" },
  WARN: { state: "attention", word: "getting old" },
  FAIL: { state: "failed", word: "late" },
  UNKNOWN: { state: "never", word: "never made" },
};

/** What a freshness state is for people. */
export function stateOfFreshness(state: string): { state: State; word: string } {
  return FRESH[state] ?? { state: "never", word: state };
}

/** `68 made, 1 failed, 3 missing`; what there is none of is left out. */
export function partitionCounts(counts: Record<string, number>): string {
  const said = Object.entries(OF_PARTITION).flatMap(([name, look]) => {
    const number = counts[name] ?? 0;
    return number > 0 ? [`${number.toLocaleString("en-GB")} ${look.word}`] : [];
  });
  return said.join(", ") || "none";
}
