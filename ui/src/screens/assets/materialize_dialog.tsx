/** Making assets now: what would run is shown before anything does. */

import { useEffect, useState } from "react";
import { Link } from "wouter";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { Failure } from "../../parts/panel.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { readConfig } from "./read_config.ts";

interface Props {
  assets: readonly string[];
  /** The partition the run is for. */
  partition?: string;
  /** Whether the assets have partitions, so that one must be named. */
  hasPartitions?: boolean;
  onClose: () => void;
}

type Launched = Schemas["AssetsLaunched"];
const SHOWN = 12;
const SETTLE_MS = 400;

export function MaterializeDialog({ assets, partition: given = "", hasPartitions = false, onClose }: Props) {
  const [partition, setPartition] = useState(given);
  const [configText, setConfig] = useState("");
  const [tagsText, setTags] = useState("");
  const [reason, setReason] = useState("");
  const [isForPartition, setForPartition] = useState(hasPartitions || given !== "");
  const [launched, setLaunched] = useState<Launched | null>(null);
  const why = useWhyNot("operator");
  const config = readConfig(configText, "run config");
  const tags = readConfig(tagsText, "tags");
  const wish = {
    assets: [...assets],
    partition: partition || null,
    run_config: config.value,
    tags: tags.value as Record<string, string>,
    reason: reason || null,
  };
  const dry = useAction("post", "/api/assets/materialize", {
    failed: (problem) => {
      if (problem.extra["where"] === "partition") setForPartition(true);
    },
  });
  const launch = useAction("post", "/api/assets/materialize", {
    topics: ["runs", "assets"],
    done: setLaunched,
    failed: () => undefined,
  });
  const { mutate: tryDry } = dry;
  const isWrong = config.error !== undefined || tags.error !== undefined;
  const asked = JSON.stringify(wish);
  useEffect(() => {
    if (isWrong || why !== undefined) return undefined;
    const timer = window.setTimeout(() => tryDry({ body: { ...(JSON.parse(asked) as typeof wish), is_dry: true, reason: null } }), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [asked, isWrong, why, tryDry]);
  const problem = launch.error ?? dry.error;
  const notYet = why ?? config.error ?? tags.error ?? dry.error?.detail ?? (dry.data === undefined ? "Looking whether it can run." : undefined);
  const title = assets.length === 1 ? `Materialise ${assets[0] ?? ""}` : `Materialise ${counted(assets.length, "asset")}`;
  if (launched !== null) return <Done title={title} launched={launched} onClose={onClose} />;
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" why={notYet} isBusy={launch.isPending} onPress={() => launch.mutate({ body: { ...wish, is_dry: false } })}>
            {dry.data === undefined ? "Launch" : `Launch ${counted(dry.data.runs.filter((run) => !run.problem).length, "run")}`}
          </Button>
        </>
      }
    >
      {isForPartition && <TextField label="Partition" isMono value={partition} onChange={setPartition} hint="One key. For several, start a backfill." />}
      {dry.data !== undefined && <Plan launched={dry.data} />}
      {problem !== null && <Failure problem={problem} />}
      <details className="assets-more">
        <summary>Config, tags, reason</summary>
        <TextField label="Run config (JSON)" isMono lines={5} value={configText} onChange={setConfig} error={config.error} placeholder='{"ops": {"orders": {"config": {"rows": 100}}}}' />
        <TextField label="Tags (JSON)" isMono lines={2} value={tagsText} onChange={setTags} error={tags.error} placeholder='{"team": "data"}' />
        <TextField label="Why (optional)" value={reason} onChange={setReason} />
      </details>
    </Dialog>
  );
}

function Plan({ launched }: { launched: Launched }) {
  return (
    <>
      {launched.runs.map((run) => (
        <div key={run.location} className="assets-plan">
          {run.problem ? (
            <p className="field-error">
              {run.location}: {run.problem}
            </p>
          ) : (
            <>
              <p>
                One run in <Name text={run.location} /> makes {counted(run.assets.length, "asset")}, in this order:
              </p>
              <ol className="mono">
                {run.assets.slice(0, SHOWN).map((key) => (
                  <li key={key}>
                    <bdi>{key}</bdi>
                  </li>
                ))}
              </ol>
              {run.assets.length > SHOWN && <p className="soft">and {counted(run.assets.length - SHOWN, "more")}</p>}
            </>
          )}
        </div>
      ))}
      {launched.left_out.length > 0 && <p className="soft">Left out, as nothing here makes them: {launched.left_out.slice(0, SHOWN).join(", ")}</p>}
    </>
  );
}

function Done({ title, launched, onClose }: { title: string; launched: Launched; onClose: () => void }) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <Button kind="primary" onPress={onClose}>
          Close
        </Button>
      }
    >
      <div role="status">
        {launched.runs.map((run) => (
          <p key={run.location}>
            {run.run_id === null ? (
              <span className="field-error">
                {run.location}: {run.problem}
              </span>
            ) : (
              <>
                Queued: <Link href={`/runs/${run.run_id}`}>the run</Link> <Ident id={run.run_id} /> makes {counted(run.assets.length, "asset")}.
              </>
            )}
          </p>
        ))}
      </div>
    </Dialog>
  );
}
