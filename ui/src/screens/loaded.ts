/**
 * Screens whose code is loaded when they are first opened.
 *
 * React's own `lazy` holds back what it reveals for up to 300 ms after it showed a placeholder, so that placeholders do
 * not flicker. Ours show nothing meanwhile, and then at once what there is.
 */

import { createElement, useEffect, useState, type ComponentType } from "react";

type Load = () => Promise<{ default: ComponentType }>;

export interface Loaded {
  component: ComponentType;
  /** Fetches the code, so that the first rendering has it. */
  fetch: () => Promise<void>;
}

/** A screen that is loaded when it is needed. */
export function loaded(load: Load): Loaded {
  let found: ComponentType | null = null;
  const fetch = async () => {
    found = (await load()).default;
  };
  function LoadedScreen() {
    const [isThere, setThere] = useState(found !== null);
    const [fault, setFault] = useState<unknown>(null);
    useEffect(() => {
      if (isThere) return undefined;
      let isWanted = true;
      fetch().then(
        () => isWanted && setThere(true),
        (error: unknown) => isWanted && setFault(error),
      );
      return () => {
        isWanted = false;
      };
    }, [isThere]);
    if (fault !== null) throw fault instanceof Error ? fault : new Error(String(fault));
    return found === null ? null : createElement(found);
  }
  return { component: LoadedScreen, fetch };
}
