/** What can be done with the selected rows; names how many they are. */

import type { ReactNode } from "react";
import { counted } from "../text/number.ts";
import { Button } from "./button.tsx";
import type { Selection } from "./selection.ts";
import "./bulk_bar.css";

interface Props {
  selection: Selection;
  /** What the rows are, in the singular. */
  noun: string;
  loaded: number;
  total: { count: number; is_exact: boolean } | null;
  /** Buttons of the actions. */
  children: ReactNode;
}

export function BulkBar({ selection, noun, loaded, total, children }: Props) {
  const number = selection.isAll ? (total?.count ?? loaded) : selection.ids.size;
  if (number === 0) return null;
  const canTakeAll = !selection.isAll && selection.ids.size === loaded && total !== null && total.count > loaded;
  return (
    <div className="bulk" role="group" aria-label="actions on the selection">
      <span>
        {counted(number, noun)} selected{selection.isAll && ", all that match"}
      </span>
      {canTakeAll && (
        <Button kind="quiet" isSmall onPress={selection.selectAllThatMatch}>
          Select all {counted(total.count, noun)} that match
        </Button>
      )}
      {children}
      <Button kind="quiet" isSmall onPress={selection.clear}>
        Clear
      </Button>
    </div>
  );
}
