/** State that lives in the address: filters, tabs, selected rows. Back and deep links work because of it. */

import { useCallback, useSyncExternalStore } from "react";
import { useSearchParams } from "wouter";
import { navigate } from "wouter/use-browser-location";

/**
 * A parameter of the address, and how to change it.
 *
 * @param name the parameter
 * @param fallback what it is when the address does not say; it is left out of the address then
 * @param replaces whether a change takes the place of the entry in the history, as for what is typed
 */
export function useParam(name: string, fallback = "", replaces = false): [string, (value: string) => void] {
  const [params] = useSearchParams();
  const set = useCallback(
    (value: string) => {
      const { pathname, search, hash } = window.location;
      const after = new URLSearchParams(search);
      if (value === fallback) after.delete(name);
      else after.set(name, value);
      const text = after.toString();
      navigate(`${pathname}${text ? `?${text}` : ""}${hash}`, { replace: replaces });
    },
    [name, fallback, replaces],
  );
  return [params.get(name) ?? fallback, set];
}

const hashListeners = new Set<() => void>();

function listenToHash(told: () => void): () => void {
  hashListeners.add(told);
  window.addEventListener("hashchange", told);
  window.addEventListener("popstate", told);
  return () => {
    hashListeners.delete(told);
    window.removeEventListener("hashchange", told);
    window.removeEventListener("popstate", told);
  };
}

/** A parameter behind the `#` of the address: a place on the page, as `#step=load&event=812`; changing it adds nothing to the history. */
export function useHashParam(name: string): [string, (value: string) => void] {
  const hash = useSyncExternalStore(listenToHash, () => window.location.hash);
  const set = useCallback(
    (value: string) => {
      const params = new URLSearchParams(window.location.hash.slice(1));
      if (value) params.set(name, value);
      else params.delete(name);
      const text = params.toString();
      const { pathname, search } = window.location;
      window.history.replaceState(window.history.state, "", `${pathname}${search}${text ? `#${text}` : ""}`);
      for (const each of hashListeners) each();
    },
    [name],
  );
  return [new URLSearchParams(hash.slice(1)).get(name) ?? "", set];
}
