/** Which rows of a list are selected: by click, by a range with Shift, or all that match the filter. */

import { useCallback, useMemo, useRef, useState } from "react";

export interface Selection {
  ids: ReadonlySet<string>;
  /** Whether all that match are meant, also those that are not loaded. */
  isAll: boolean;
  has: (id: string) => boolean;
  /** Selects or not; with `isRange` all between the last one and this one likewise. */
  toggle: (id: string, isRange: boolean, order: readonly string[]) => void;
  setAll: (ids: readonly string[]) => void;
  selectAllThatMatch: () => void;
  clear: () => void;
}

export function useSelection(): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [isAll, setIsAll] = useState(false);
  const last = useRef<string | null>(null);
  const toggle = useCallback((id: string, isRange: boolean, order: readonly string[]) => {
    setIsAll(false);
    setIds((before) => {
      const after = new Set(before);
      const isOn = !before.has(id);
      const from = isRange && last.current !== null ? order.indexOf(last.current) : -1;
      const to = order.indexOf(id);
      const meant = from < 0 ? [id] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
      for (const each of meant) {
        if (isOn) after.add(each);
        else after.delete(each);
      }
      last.current = id;
      return after;
    });
  }, []);
  return useMemo(
    () => ({
      ids,
      isAll,
      has: (id) => isAll || ids.has(id),
      toggle,
      setAll: (all) => {
        setIsAll(false);
        setIds(new Set(all));
      },
      selectAllThatMatch: () => setIsAll(true),
      clear: () => {
        setIsAll(false);
        setIds(new Set());
      },
    }),
    [ids, isAll, toggle],
  );
}
