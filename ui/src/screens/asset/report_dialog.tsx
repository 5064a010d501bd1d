/** Telling that an asset was made, or looked at, elsewhere. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Failure } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { readConfig } from "../assets/read_config.ts";

interface Props {
  assetKey: string;
  hasPartitions: boolean;
  onClose: () => void;
}

const KINDS = [
  { value: "materialization", title: "it was made" },
  { value: "observation", title: "it was looked at" },
];

export function ReportDialog({ assetKey, hasPartitions, onClose }: Props) {
  const [kind, setKind] = useState("materialization");
  const [partition, setPartition] = useState("");
  const [description, setDescription] = useState("");
  const [factsText, setFacts] = useState("");
  const [version, setVersion] = useState("");
  const [reason, setReason] = useState("");
  const facts = readConfig(factsText, "metadata");
  const report = useAction("post", "/api/assets/report", {
    topics: ["assets", "partitions", `asset:${assetKey}`],
    done: () => {
      toast(`Reported: ${assetKey} ${kind === "materialization" ? "was made" : "was looked at"}.`);
      onClose();
    },
    failed: () => undefined,
  });
  const body = {
    key: assetKey,
    kind,
    partition: partition || null,
    description: description || null,
    metadata: facts.value as Record<string, string | number | boolean | null>,
    data_version: version || null,
    reason: reason || null,
  };
  return (
    <Dialog
      title={`Report on ${assetKey}`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" why={facts.error} isBusy={report.isPending} onPress={() => report.mutate({ body })}>
            Report
          </Button>
        </>
      }
    >
      <SelectField label="What happened" value={kind} choices={KINDS} onChange={setKind} />
      {hasPartitions && <TextField label="Partition" isMono value={partition} onChange={setPartition} />}
      <TextField label="What is said of it (optional)" value={description} onChange={setDescription} />
      <TextField label="Metadata (JSON, optional)" isMono lines={3} value={factsText} onChange={setFacts} error={facts.error} placeholder='{"rows": 1200}' />
      <TextField label="Data version (optional)" isMono value={version} onChange={setVersion} />
      <TextField label="Why (optional)" value={reason} onChange={setReason} />
      {report.error !== null && <Failure problem={report.error} />}
    </Dialog>
  );
}
