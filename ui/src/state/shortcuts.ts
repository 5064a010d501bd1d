/** Keys that act: one listener for all of them; who is shown says which there are. */

import { useEffect, useRef } from "react";
import { settings } from "./settings.ts";

export interface Shortcut {
  /** A key as the browser names it, or two in a row: `r`, `?`, `g h`, `Ctrl+k`. */
  keys: string;
  /** What it does, for the list. */
  about: string;
  act: () => void;
}

type Registered = { current: readonly Shortcut[] };
const registered: Registered[] = [];
const PAIR_MS = 1_200;
let first = "";
let firstAt = 0;

/** The shortcuts that act now, those of the innermost part of the page last. */
export function shortcuts(): Shortcut[] {
  return registered.flatMap((each) => each.current);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable=true]") !== null;
}

function nameOf(event: KeyboardEvent): string {
  const modified = event.ctrlKey || event.metaKey;
  return modified ? `Ctrl+${event.key.toLowerCase()}` : event.key;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.key === "Control" || event.key === "Shift") return;
  const name = nameOf(event);
  const isSingle = !name.startsWith("Ctrl+");
  if (isSingle && (isTyping(event.target) || !settings().hasShortcuts)) return;
  if (isSingle && document.querySelector("dialog[open], [role=menu]") !== null) return;
  const pair = first && event.timeStamp - firstAt < PAIR_MS ? `${first} ${name}` : "";
  const all = shortcuts().reverse();
  const found = all.find((each) => each.keys === pair) ?? all.find((each) => each.keys === name);
  first = found === undefined && all.some((each) => each.keys.startsWith(`${name} `)) ? name : "";
  firstAt = event.timeStamp;
  if (found === undefined) return;
  event.preventDefault();
  found.act();
}

document.addEventListener("keydown", onKey);

/** While a component is shown, these keys act. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const ref = useRef(own);
  useEffect(() => {
    ref.current = own;
  });
  useEffect(() => {
    registered.push(ref);
    return () => {
      registered.splice(registered.indexOf(ref), 1);
    };
  }, []);
}
