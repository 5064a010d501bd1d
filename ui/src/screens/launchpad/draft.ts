/** What somebody was about to launch: kept in the browser for each job, so that a reload loses nothing. */

import type { ConfigType } from "./schema.ts";
import { fieldsOf, isConfig } from "./schema.ts";

export interface Draft {
  text: string;
  partition: string;
  ops: string;
  tags: string;
  /** The run whose config it began with. */
  parent: string;
}

const EMPTY: Draft = { text: "", partition: "", ops: "", tags: "", parent: "" };
const PREFIX = "watchbell.draft.";

export function readDraft(location: string, job: string): Draft | null {
  try {
    const kept = localStorage.getItem(`${PREFIX}${location}.${job}`);
    if (kept === null) return null;
    const found: unknown = JSON.parse(kept);
    return isConfig(found) ? { ...EMPTY, ...(Object.fromEntries(Object.entries(found).filter(([key, value]) => key in EMPTY && typeof value === "string")) as Partial<Draft>) } : null;
  } catch {
    return null;
  }
}

export function keepDraft(location: string, job: string, draft: Draft): void {
  try {
    localStorage.setItem(`${PREFIX}${location}.${job}`, JSON.stringify(draft));
  } catch {
    // A full or forbidden storage loses the draft at a reload, and nothing else.
  }
}

export function forgetDraft(location: string, job: string): void {
  localStorage.removeItem(`${PREFIX}${location}.${job}`);
}

/** Whether a config gives the value of a secret: such a draft is not kept in the browser. */
export function hasSecret(type: ConfigType, config: unknown): boolean {
  if (!isConfig(config)) return false;
  return fieldsOf(type).some((field) => {
    const value = config[field.name];
    if (value === undefined || value === null || value === "") return false;
    return (field.secret && !(isConfig(value) && "env" in value)) || hasSecret(field.type, value);
  });
}
