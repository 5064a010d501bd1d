/** A backfill of selected assets: one for each code location, one after the other; what has no partitions is named. */

import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { BulkItems } from "../../parts/bulk_items.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import type { Schemas } from "../../api/types.ts";
import { counted } from "../../text/number.ts";
import { BackfillDialog } from "../backfills/backfill_dialog.tsx";
import { byLocation } from "./meant.ts";

type Item = Schemas["MeantAsset"];

export function BackfillMany({ items, onClose }: { items: readonly Item[]; onClose: () => void }) {
  const [place, setPlace] = useState<number | null>(null);
  const left = items.flatMap((item) => {
    const text = whyNot(item);
    return text === null ? [] : [{ id: item.key, state: "skipped" as const, text }];
  });
  const groups = byLocation(items.filter((item) => whyNot(item) === null));
  const isPlain = groups.length === 1 && left.length === 0;
  const at = isPlain ? 0 : place;
  const group = at === null ? undefined : groups[at];
  if (at !== null && group !== undefined) {
    const isLast = at === groups.length - 1;
    return (
      <BackfillDialog
        key={group[0]}
        location={group[0]}
        assets={group[1].map((item) => item.key)}
        partitions=""
        onClose={onClose}
        {...(isLast ? {} : { onLaunched: () => setPlace(at + 1) })}
      />
    );
  }
  const shown = groups.flatMap(([location, own]) => own.map((item) => ({ id: item.key, state: "waiting" as const, text: `in a backfill of ${location}` })));
  return (
    <Dialog
      title={`Backfill ${counted(items.length, "asset")}`}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" why={groups.length === 0 ? "None of them has partitions that are made here." : undefined} onPress={() => setPlace(0)}>
            {groups.length > 1 ? `Plan ${counted(groups.length, "backfill")}` : "Plan the backfill"}
          </Button>
        </>
      }
    >
      {groups.length > 1 && <p>A backfill is of one code location: these are {groups.length}, planned one after the other.</p>}
      <BulkItems items={[...shown, ...left]} noun="asset" />
    </Dialog>
  );
}

/** Why an asset cannot be backfilled; null: it can. */
function whyNot(item: Item): string | null {
  if (!item.has_partitions) return "has no partitions: materialise it";
  return item.is_made_here ? null : "nothing here makes it";
}
