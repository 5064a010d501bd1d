/** Forgetting an asset: asks for its name, so that nobody does it by mistake. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { toast } from "../../parts/toast.tsx";

interface Props {
  asset: string;
  onClose: () => void;
  onDone: () => void;
}

export function WipeDialog({ asset, onClose, onDone }: Props) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const wipe = useAction("post", "/api/assets/wipe", {
    topics: ["assets", "partitions", "checks", `asset:${asset}`],
    done: ({ items }) => {
      const [came] = items;
      toast(`${asset}: ${came?.text ?? ""}.`, { kind: came?.outcome === "failed" ? "failed" : "done" });
      onDone();
    },
  });
  return (
    <Dialog
      title={`Wipe ${asset}`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="danger"
            why={typed === asset ? undefined : `Type ${asset} first.`}
            isBusy={wipe.isPending}
            onPress={() => wipe.mutate({ body: { assets: [asset], confirm: typed, reason: reason || null } })}
          >
            Wipe
          </Button>
        </>
      }
    >
      <p>Forgets that it was ever made, observed or checked, with those events. Stored values stay where they are. This cannot be undone.</p>
      <TextField label={`Type ${asset} to go on`} isMono value={typed} onChange={setTyped} hasFocus />
      <TextField label="Why (optional)" value={reason} onChange={setReason} />
    </Dialog>
  );
}
