/** What was jumped to last, in this browser. */

export interface Recent {
  id: string;
  title: string;
  kind: string;
  about: string;
  to: string;
}

const KEY = "watchbell.recent";
const MOST = 8;

/** The newest first. */
export function recent(): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isRecent).slice(0, MOST) : [];
  } catch {
    return []; // storage is switched off, or holds what is no JSON
  }
}

function isRecent(value: unknown): value is Recent {
  const told = value as Partial<Recent> | null;
  const texts = [told?.id, told?.title, told?.kind, told?.about, told?.to];
  // An address of another host would lead away: only those of our own pages are followed.
  return texts.every((each) => typeof each === "string") && /^\/(?!\/)/.test(told?.to ?? "");
}

/** Puts one in front. */
export function keepRecent(one: Recent): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([one, ...recent().filter((each) => each.id !== one.id)].slice(0, MOST)));
  } catch {
    // it is not remembered
  }
}
