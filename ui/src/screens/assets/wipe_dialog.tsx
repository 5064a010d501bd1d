/** Forgetting assets: asks for the name, so that nobody does it by mistake. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { toast } from "../../parts/toast.tsx";
import { counted } from "../../text/number.ts";

interface Props {
  assets: readonly string[];
  onClose: () => void;
  onDone: () => void;
}

const SHOWN = 8;

export function WipeDialog({ assets, onClose, onDone }: Props) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const expected = assets.length === 1 ? (assets[0] ?? "") : `wipe ${assets.length}`;
  const wipe = useAction("post", "/api/assets/wipe", {
    topics: ["assets", "partitions", "checks", ...assets.slice(0, 50).map((key) => `asset:${key}`)],
    done: (answer) => {
      toast(`Forgotten: ${counted(answer.assets.length, "asset")}.`);
      onDone();
    },
  });
  return (
    <Dialog
      title={assets.length === 1 ? `Wipe ${expected}` : `Wipe ${counted(assets.length, "asset")}`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="danger"
            why={typed === expected ? undefined : `Type ${expected} first.`}
            isBusy={wipe.isPending}
            onPress={() => wipe.mutate({ body: { assets: [...assets], confirm: typed, reason: reason || null } })}
          >
            Wipe
          </Button>
        </>
      }
    >
      <p>Forgets that they were ever made, observed or checked, with those events. Stored values stay where they are. This cannot be undone.</p>
      {assets.length > 1 && (
        <ul className="mono">
          {assets.slice(0, SHOWN).map((key) => (
            <li key={key}>
              <bdi>{key}</bdi>
            </li>
          ))}
          {assets.length > SHOWN && <li>and {counted(assets.length - SHOWN, "more asset")}</li>}
        </ul>
      )}
      <TextField label={`Type ${expected} to go on`} isMono value={typed} onChange={setTyped} hasFocus />
      <TextField label="Why (optional)" value={reason} onChange={setReason} />
    </Dialog>
  );
}
