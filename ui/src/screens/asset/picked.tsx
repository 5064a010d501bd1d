/** The chosen partitions: typed, or shown as they were dragged; and what can be done with them. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { toast } from "../../parts/toast.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { partitionCounts } from "../../text/asset.ts";
import { counted } from "../../text/number.ts";
import { MaterializeDialog } from "../assets/materialize_dialog.tsx";
import { BackfillDialog } from "../backfills/backfill_dialog.tsx";

interface Props {
  asset: Schemas["AssetDetail"];
  pick: string;
  setPick: (text: string) => void;
  chosen: { data: Schemas["ChosenPartitions"] | undefined; error: ProblemError | null };
}

export function Picked({ asset, pick, setPick, chosen }: Props) {
  const [draft, setDraft] = useState({ of: pick, text: pick });
  const [asked, setAsked] = useState<"backfill" | "materialize" | "wipe" | null>(null);
  const text = draft.of === pick ? draft.text : pick;
  const why = useWhyNot("operator");
  const whyAdmin = useWhyNot("admin");
  const wrong = pick !== "" && chosen.error !== null ? chosen.error.detail : undefined;
  const found = pick === "" || wrong !== undefined ? undefined : chosen.data;
  const only = found?.count === 1 ? found.segments[0]?.first : null;
  const whyMake = why ?? (asset.is_made_here ? undefined : "Nothing here makes it.");
  const close = () => setAsked(null);
  return (
    <section className="asset-picked" aria-label="chosen partitions">
      <TextField
        label="Chosen partitions"
        isMono
        value={text}
        error={wrong}
        placeholder="2026-05-03..2026-05-09, 2026-05-12"
        hint="Type keys and ranges, or drag over the squares (Ctrl adds, Shift extends)."
        onChange={(next) => setDraft({ of: pick, text: next })}
        onLeave={() => setPick(text.trim())}
      />
      <div className="asset-tools" role="status">
        <span>{found === undefined ? "None chosen." : `${counted(found.count, "partition")}: ${partitionCounts(found.counts)}`}</span>
        {found !== undefined && found.count > 0 && (
          <>
            <Button kind="primary" isSmall why={whyMake} onPress={() => setAsked("backfill")}>
              Backfill {counted(found.count, "partition")}…
            </Button>
            {only !== null && only !== undefined && (
              <Button isSmall why={whyMake} onPress={() => setAsked("materialize")}>
                Materialise…
              </Button>
            )}
            <Button isSmall kind="danger" why={whyAdmin} onPress={() => setAsked("wipe")}>
              Wipe…
            </Button>
            <Button isSmall kind="quiet" onPress={() => setPick("")}>
              Clear
            </Button>
          </>
        )}
      </div>
      {asked === "backfill" && <BackfillDialog location={asset.location} assets={[asset.key]} partitions={pick === "*" ? "" : pick} onClose={close} />}
      {asked === "materialize" && <MaterializeDialog assets={[asset.key]} partition={only ?? ""} hasPartitions onClose={close} />}
      {asked === "wipe" && found !== undefined && <WipePartitions asset={asset.key} pick={pick} number={found.count} onClose={close} />}
    </section>
  );
}

function WipePartitions({ asset, pick, number, onClose }: { asset: string; pick: string; number: number; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const wipe = useAction("post", "/api/asset/partitions/wipe", {
    topics: ["assets", "partitions", `asset:${asset}`],
    done: (answer) => {
      toast(`Forgotten: ${counted(answer.count, "partition")} of ${asset}.`);
      onClose();
    },
  });
  return (
    <Dialog
      title={`Wipe ${counted(number, "partition")} of ${asset}`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="danger" why={typed === asset ? undefined : `Type ${asset} first.`} isBusy={wipe.isPending} onPress={() => wipe.mutate({ body: { key: asset, partitions: pick, confirm: typed } })}>
            Wipe
          </Button>
        </>
      }
    >
      <p>Forgets that these were ever made, observed or failed. Stored values stay where they are. This cannot be undone.</p>
      <p>
        <bdi className="mono">{pick}</bdi>
      </p>
      <TextField label={`Type ${asset} to go on`} isMono value={typed} onChange={setTyped} hasFocus />
    </Dialog>
  );
}
