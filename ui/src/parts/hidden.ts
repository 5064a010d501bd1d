/** Which columns of a list are not shown: remembered in this browser, and told by the address of a saved view. */

import { useState } from "react";
import { useParam } from "./url.ts";

/** The parameter of the address: ids of columns; `-`: all are shown. */
export const HIDDEN_PARAM = "hide";
const NONE = "-";
const SEPARATOR = ".";

function keyOf(name: string): string {
  return `watchbell.columns.${name}`;
}

/** What the address of a view of this list says of its columns; null: they were never changed. */
export function hiddenText(name: string): string | null {
  const told = new URLSearchParams(window.location.search).get(HIDDEN_PARAM);
  if (told !== null) return told;
  const kept = localStorage.getItem(keyOf(name));
  return kept === null ? null : kept.split(" ").filter(Boolean).join(SEPARATOR) || NONE;
}

/** The hidden columns of a list, and how to change them; a view's address goes before what is remembered. */
export function useHidden(
  name: string,
  columns: readonly { id: string; isOptional?: boolean }[],
): [ReadonlySet<string>, (hidden: ReadonlySet<string>) => void] {
  const [told, setTold] = useParam(HIDDEN_PARAM, "", true);
  const [kept, setKept] = useState<ReadonlySet<string>>(() => {
    const stored = localStorage.getItem(keyOf(name));
    if (stored !== null) return new Set(stored.split(" "));
    return new Set(columns.filter((each) => each.isOptional).map((each) => each.id));
  });
  const hidden = told === "" ? kept : new Set(told === NONE ? [] : told.split(SEPARATOR));
  return [
    hidden,
    (next) => {
      localStorage.setItem(keyOf(name), [...next].join(" "));
      setKept(next);
      if (told !== "") setTold([...next].join(SEPARATOR) || NONE);
    },
  ];
}
