/** Making many assets now: a run in each code location. What would come of each asset is listed first. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { client } from "../../api/client.ts";
import { makeOld } from "../../api/hooks.ts";
import { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { BulkItems, type BulkItem } from "../../parts/bulk_items.tsx";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Skeleton } from "../../parts/panel.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { useInTurn, type Batch } from "./in_turn.ts";
import { byLocation } from "./meant.ts";
import { readConfig } from "./read_config.ts";

type Item = Schemas["MeantAsset"];
type Launched = Schemas["AssetsLaunched"];

interface Run extends Batch {
  location: string;
}

interface Props {
  items: readonly Item[];
  onClose: () => void;
}

const SETTLE_MS = 400;

export function MaterializeMany({ items, onClose }: Props) {
  const [partition, setPartition] = useState("");
  const [configText, setConfig] = useState("");
  const [tagsText, setTags] = useState("");
  const [reason, setReason] = useState("");
  const cache = useQueryClient();
  const whyNot = useWhyNot("operator");
  const config = readConfig(configText, "run config");
  const tags = readConfig(tagsText, "tags");
  const wrong = config.error ?? tags.error;
  const key = partition.trim();
  const hasPartitions = items.some((item) => item.has_partitions);
  const runs: Run[] = byLocation(items.filter((item) => whyLeftOut(item, key) === null)).map(([location, own]) => ({ location, ids: own.map((item) => item.key) }));
  const wish = JSON.stringify({ partition: key || null, run_config: config.value, tags: tags.value });
  const plan = usePlan(runs, wish, wrong !== undefined || whyNot !== undefined);
  const launch = async (run: Run) => {
    const launched = await ask(run, { ...(JSON.parse(wish) as object), is_dry: false, reason: reason || null });
    const [made] = launched.runs;
    const to = made?.run_id ? `/runs/${made.run_id}` : undefined;
    return new Map(run.ids.map((id) => [id, { state: "done" as const, text: `queued in run ${made?.run_id?.slice(0, 8) ?? ""}`, to }]));
  };
  const { came, stage, begin } = useInTurn(launch);
  const shown: BulkItem[] = items.map((item) => ({ id: item.key, ...(came.get(item.key) ?? wouldBe(item, key, plan.data)) }));
  const good = runs.filter((run) => plan.data?.get(run.location) === null);
  const failed = runs.filter((run) => run.ids.some((id) => came.get(id)?.state === "failed"));
  const notYet = whyNot ?? wrong ?? (plan.isFetching ? "Looking what can run." : good.length === 0 ? "None of them can be made so." : undefined);
  const start = async (chosen: readonly Run[]) => {
    await begin(chosen);
    await makeOld(cache, ["runs", "assets"]);
  };
  return (
    <Dialog
      title={`Materialise ${counted(items.length, "asset")}`}
      onClose={onClose}
      isWide
      actions={
        stage === "over" ? (
          <>
            {failed.length > 0 && <Button onPress={() => void start(failed)}>Try what failed again</Button>}
            <Button kind="primary" onPress={onClose}>
              Close
            </Button>
          </>
        ) : (
          <>
            <Button onPress={onClose}>{stage === "going" ? "Stop" : "Cancel"}</Button>
            <Button kind="primary" why={notYet} isBusy={stage === "going"} onPress={() => void start(good)}>
              {plan.data === undefined ? "Launch" : `Launch ${counted(good.length, "run")}`}
            </Button>
          </>
        )
      }
    >
      {stage === "before" && (
        <>
          {hasPartitions && <TextField label="Partition" isMono value={partition} onChange={setPartition} hint="One key, for those with partitions; empty: they are left out. For several, start a backfill." />}
          <details className="assets-more">
            <summary>Config, tags, reason</summary>
            <TextField label="Run config (JSON)" isMono lines={4} value={configText} onChange={setConfig} error={config.error} placeholder='{"ops": {"orders": {"config": {"rows": 100}}}}' />
            <TextField label="Tags (JSON)" isMono lines={2} value={tagsText} onChange={setTags} error={tags.error} placeholder='{"team": "data"}' />
            <TextField label="Why (optional)" value={reason} onChange={setReason} />
          </details>
        </>
      )}
      {plan.data === undefined && wrong === undefined && whyNot === undefined && runs.length > 0 ? <Skeleton rows={4} /> : <BulkItems items={shown} noun="asset" />}
    </Dialog>
  );
}

/** Why an asset is in no run; null: it is in one. */
function whyLeftOut(item: Item, partition: string): string | null {
  if (!item.is_made_here) return "nothing here makes it";
  return item.has_partitions && partition === "" ? "has partitions: name one, or start a backfill" : null;
}

function wouldBe(item: Item, partition: string, plan: Plan | undefined): Omit<BulkItem, "id"> {
  const why = whyLeftOut(item, partition);
  if (why !== null) return { state: "skipped", text: why };
  const problem = plan?.get(item.location);
  if (problem) return { state: "failed", text: problem };
  return { state: "waiting", text: `would be made, in a run of ${item.location}` };
}

/** By code location what is wrong with its run; null: nothing is. */
type Plan = ReadonlyMap<string, string | null>;

async function ask(run: Run, wish: object): Promise<Launched> {
  const { data } = await client.POST("/api/assets/materialize", { body: { ...wish, assets: [...run.ids] } as Schemas["MaterializeWish"] });
  return data as Launched;
}

/** What would come of it; asked anew when that changes and rests. */
function usePlan(runs: readonly Run[], wish: string, isOff: boolean) {
  const text = JSON.stringify([runs, wish]);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const query = useQuery<Plan, ProblemError>({
    queryKey: ["materialize-plan", settled],
    queryFn: async () => {
      const [asked, params] = JSON.parse(settled) as [Run[], string];
      const found = new Map<string, string | null>();
      for (const run of asked) found.set(run.location, await problemWith(run, JSON.parse(params) as object));
      return found;
    },
    enabled: !isOff,
    gcTime: 0,
    retry: false,
    placeholderData: (before) => before,
  });
  return { data: query.data, isFetching: query.isFetching || settled !== text };
}

async function problemWith(run: Run, wish: object): Promise<string | null> {
  try {
    await ask(run, { ...wish, is_dry: true, reason: null });
    return null;
  } catch (error) {
    if (error instanceof ProblemError) return error.detail;
    throw error;
  }
}
