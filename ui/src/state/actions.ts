/** Actions that the palette offers: whoever is on screen says what can be done there, by name. */

import { useEffect, useRef, useSyncExternalStore } from "react";

export interface PaletteAction {
  /** What it does, in words that are searched: "turn on schedule nightly". */
  title: string;
  act: () => void;
  /** Why it cannot be done now. */
  why?: string | undefined;
}

type Offered = { current: readonly PaletteAction[] };
const offered: Offered[] = [];
const listeners = new Set<() => void>();
let version = 0;

function changed(): void {
  version += 1;
  for (const each of listeners) each();
}

/** All that can be done now; what is innermost on the page first. */
export function offeredActions(): PaletteAction[] {
  return [...offered].reverse().flatMap((each) => each.current);
}

/** A number that changes whenever other parts of the page offer something. */
export function useOfferedVersion(): number {
  return useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => version,
  );
}

/** While a component is shown, the palette offers these actions. */
export function useActions(own: readonly PaletteAction[]): void {
  const ref = useRef(own);
  useEffect(() => {
    ref.current = own;
  });
  useEffect(() => {
    offered.push(ref);
    changed();
    return () => {
      offered.splice(offered.indexOf(ref), 1);
      changed();
    };
  }, []);
}
