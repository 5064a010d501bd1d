/**
 * A list that somebody reads does not jump: while it is scrolled, or rows are selected, rows that are new wait above,
 * and are counted. Rows that are shown follow what happens to them; those that paging brings come at the end.
 */

import { useMemo, useState } from "react";

export interface Reading<Row> {
  /** The rows to show. */
  rows: readonly Row[];
  /** How many wait. */
  waiting: number;
  /** Shows them, too. */
  accept: () => void;
}

/**
 * @param rows all rows there are
 * @param keyOf names a row
 * @param isReading whether the list stands still
 */
export function useReading<Row>(rows: readonly Row[], keyOf: (row: Row) => string, isReading: boolean): Reading<Row> {
  // The rows at the moment when somebody began to read; null: nobody does.
  const [known, setKnown] = useState<ReadonlySet<string> | null>(null);
  if (isReading && known === null) setKnown(new Set(rows.map(keyOf)));
  if (!isReading && known !== null) setKnown(null);
  const shown = useMemo(() => (isReading && known !== null ? withoutNew(rows, keyOf, known) : rows), [rows, keyOf, isReading, known]);
  return {
    rows: shown,
    waiting: rows.length - shown.length,
    accept: () => setKnown(new Set(rows.map(keyOf))),
  };
}

/** Rows without those that are new and stand before one that was there. Where nothing is left, it is another list. */
function withoutNew<Row>(rows: readonly Row[], keyOf: (row: Row) => string, known: ReadonlySet<string>): readonly Row[] {
  let last = rows.length - 1;
  while (last >= 0 && !known.has(keyOf(rows[last] as Row))) last -= 1;
  return last < 0 ? rows : rows.filter((row, place) => place > last || known.has(keyOf(row)));
}
