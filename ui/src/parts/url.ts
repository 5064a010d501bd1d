/** State that lives in the address: filters, tabs, selected rows. Back and deep links work because of it. */

import { useCallback } from "react";
import { useSearchParams } from "wouter";

/**
 * A parameter of the address, and how to change it.
 *
 * @param name the parameter
 * @param fallback what it is when the address does not say; it is left out of the address then
 * @param replaces whether a change takes the place of the entry in the history, as for what is typed
 */
export function useParam(name: string, fallback = "", replaces = false): [string, (value: string) => void] {
  const [params, change] = useSearchParams();
  const set = useCallback(
    (value: string) => {
      change(
        (before) => {
          const after = new URLSearchParams(before);
          if (value === fallback) after.delete(name);
          else after.set(name, value);
          return after;
        },
        { replace: replaces },
      );
    },
    [change, name, fallback, replaces],
  );
  return [params.get(name) ?? fallback, set];
}
