/** Forgetting many assets: asks for their number, goes on one after the other, tells what came of each. */

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { makeOld } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { BulkItems, type BulkItem } from "../../parts/bulk_items.tsx";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { counted } from "../../text/number.ts";
import { useInTurn, type Batch } from "./in_turn.ts";

const AT_ONCE = 25;
const OLD = ["assets", "partitions", "checks"];

interface Props {
  assets: readonly string[];
  onClose: () => void;
  /** Called when it is over, with those that could not be forgotten. */
  onDone: (failed: readonly string[]) => void;
}

export function WipeMany({ assets, onClose, onDone }: Props) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const cache = useQueryClient();
  const wipe = async ({ ids }: Batch) => {
    const confirm = ids.length === 1 ? (ids[0] ?? "") : `wipe ${ids.length}`;
    const { data } = await client.POST("/api/assets/wipe", { body: { assets: [...ids], confirm, reason: reason || null } });
    const { items } = data as Schemas["Wiped"];
    return new Map(items.map(({ key, outcome, text }) => [key, { state: outcome, text }]));
  };
  const { came, stage, begin } = useInTurn(wipe);
  const items: BulkItem[] = assets.map((id) => ({ id, ...(came.get(id) ?? { state: "waiting", text: "its past will be forgotten" }) }));
  const failed = items.filter((item) => item.state === "failed").map((item) => item.id);
  const expected = `wipe ${assets.length}`;
  const start = async (keys: readonly string[]) => {
    const batches = Array.from({ length: Math.ceil(keys.length / AT_ONCE) }, (_, at) => ({ ids: keys.slice(at * AT_ONCE, (at + 1) * AT_ONCE) }));
    await begin(batches);
    await makeOld(cache, [...OLD, ...keys.slice(0, 50).map((key) => `asset:${key}`)]);
  };
  return (
    <Dialog
      title={`Wipe ${counted(assets.length, "asset")}`}
      onClose={onClose}
      isWide
      actions={
        stage === "over" ? (
          <>
            {failed.length > 0 && <Button onPress={() => void start(failed)}>Try the {failed.length} that failed again</Button>}
            <Button kind="primary" onPress={() => onDone(failed)}>
              Close
            </Button>
          </>
        ) : (
          <>
            <Button onPress={onClose}>{stage === "going" ? "Stop" : "Cancel"}</Button>
            <Button kind="danger" why={typed === expected ? undefined : `Type ${expected} first.`} isBusy={stage === "going"} onPress={() => void start(assets)}>
              Wipe {counted(assets.length, "asset")}
            </Button>
          </>
        )
      }
    >
      <p>Forgets that they were ever made, observed or checked, with those events. Stored values stay where they are. This cannot be undone.</p>
      {stage === "before" && (
        <>
          <TextField label={`Type ${expected} to go on`} isMono value={typed} onChange={setTyped} hasFocus />
          <TextField label="Why (optional)" value={reason} onChange={setReason} />
        </>
      )}
      <BulkItems items={items} noun="asset" />
    </Dialog>
  );
}
