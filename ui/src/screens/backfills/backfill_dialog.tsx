/** Asking for a backfill: what is chosen where it was opened, options, and the plan before anything starts. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { client } from "../../api/client.ts";
import { useAction } from "../../api/hooks.ts";
import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { CheckField, SelectField, TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Failure, Skeleton } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { PlanView } from "./plan_view.tsx";
import { readTags } from "./tags.ts";
import "./backfill_dialog.css";

type Ask = Schemas["BackfillAsk"];

interface Props {
  /** The code location of what is to be made. */
  location: string;
  /** Assets, by keys as text; or a job. */
  assets?: readonly string[];
  job?: string;
  /** Partitions as people type them: keys with commas between, `first..last`, `latest:7`; empty: all. */
  partitions: string;
  onClose: () => void;
  /** What follows instead of the page of the backfill that begins. */
  onLaunched?: () => void;
}

const ONLY = [
  { value: "every", title: "all of them" },
  { value: "missing", title: "only missing ones" },
  { value: "failed", title: "only failed ones" },
  { value: "failed_and_missing", title: "only missing and failed ones" },
];
const PER_RUN = [
  { value: "policy", title: "as the code says" },
  { value: "one", title: "one partition" },
  { value: "range", title: "a range of partitions" },
];
const SETTLE_MS = 300;

export function BackfillDialog({ location, assets, job, partitions: asked, onClose, onLaunched }: Props) {
  const [, go] = useLocation();
  const [partitions, setPartitions] = useState(asked);
  const [only, setOnly] = useState("every");
  const [perRun, setPerRun] = useState("policy");
  const [hasUpstream, setUpstream] = useState(false);
  const [isNewestFirst, setNewestFirst] = useState(false);
  const [most, setMost] = useState("");
  const [priority, setPriority] = useState("");
  const [tagsText, setTags] = useState("");
  const [reason, setReason] = useState("");
  const whyNot = useWhyNot("operator");
  const tags = readTags(tagsText);
  const mostWrong = most.trim() !== "" && !/^[1-9]\d{0,5}$/.test(most.trim()) ? "a whole number of at least 1, or nothing" : undefined;
  const priorityWrong = priority.trim() !== "" && !/^-?\d{1,6}$/.test(priority.trim()) ? "a whole number, or nothing" : undefined;
  const formWrong = tags.wrong ?? mostWrong ?? priorityWrong;
  const ask: Ask = {
    location,
    assets: assets === undefined ? null : [...assets],
    job: job ?? null,
    partitions: partitions.trim(),
    only: only as Ask["only"],
    with_upstream: hasUpstream,
    per_run: perRun as Ask["per_run"],
    newest_first: isNewestFirst,
    max_concurrent_runs: most.trim() && mostWrong === undefined ? Number(most) : null,
    priority: priority.trim() && priorityWrong === undefined ? Number(priority) : null,
    tags: tags.tags,
    title: "",
    reason: "",
  };
  const plan = usePlan(ask, formWrong !== undefined);
  const launch = useAction("post", "/api/backfills", {
    topics: ["backfills", "runs"],
    done: (answer) => {
      toast(`Backfill ${answer.backfill_id} begins.`);
      if (onLaunched !== undefined) {
        onLaunched();
        return;
      }
      onClose();
      go(`/backfills/${encodeURIComponent(answer.backfill_id)}`);
    },
    failed: (problem) => {
      toast(problem.detail, { kind: "failed" });
      if (problem.code === "plan-changed") void plan.refetch();
    },
  });
  const what = job !== undefined ? `job ${job}` : assets?.length === 1 ? (assets[0] as string) : counted(assets?.length ?? 0, "asset");
  const notYet = formWrong ?? (plan.data === undefined || plan.isFetching ? (plan.error ? "It cannot be planned so." : "The plan is being made.") : undefined);
  return (
    <Dialog
      title={`Backfill ${what}`}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="primary"
            why={whyNot ?? notYet}
            isBusy={launch.isPending}
            onPress={() => {
              if (plan.data !== undefined) launch.mutate({ body: { ...ask, reason, fingerprint: plan.data.fingerprint } });
            }}
          >
            {plan.data === undefined || plan.isFetching ? "Launch" : `Launch ${counted(plan.data.runs, "run")}`}
          </Button>
        </>
      }
    >
      <div className="backfill-form">
        {assets !== undefined && assets.length > 1 && (
          <p className="backfill-assets">
            Makes <Name text={assets.slice(0, 4).join(", ") + (assets.length > 4 ? ` and ${assets.length - 4} more` : "")} most={120} />
          </p>
        )}
        <div className="backfill-main">
          <TextField
            label="Partitions"
            value={partitions}
            onChange={setPartitions}
            isMono
            hasFocus
            placeholder="all"
            hint="Keys with commas between, first..last, or latest:7; empty for all."
            error={plan.error !== null && whereOf(plan.error) === "partitions" ? plan.error.detail : undefined}
          />
          <SelectField label="Of these" value={only} onChange={setOnly} choices={ONLY} />
        </div>
        <details className="backfill-more">
          <summary>Options: upstream, size of runs, limits, tags, reason</summary>
          <div className="backfill-options">
            {assets !== undefined && (
              <CheckField label="Also make what they are made from" hint="Everything upstream in this code location." value={hasUpstream} onChange={setUpstream} />
            )}
            <CheckField label="Newest first" hint="Where nothing needs an older one first." value={isNewestFirst} onChange={setNewestFirst} />
            <SelectField label="A run makes" value={perRun} onChange={setPerRun} choices={PER_RUN} />
            <TextField label="Runs at a time, at most" value={most} onChange={setMost} placeholder="no limit of its own" error={mostWrong} />
            <TextField label="Priority" value={priority} onChange={setPriority} placeholder="behind all other runs" error={priorityWrong} hint="Higher goes first." />
            <TextField label="Tags" value={tagsText} onChange={setTags} lines={2} isMono placeholder="key=value, one a line" error={tags.wrong} />
            <TextField label="Reason" value={reason} onChange={setReason} hint="Stands in its history." />
          </div>
        </details>
      </div>
      <section aria-label="plan" className="backfill-plan" aria-busy={plan.isFetching}>
        <h3>Plan</h3>
        {plan.error !== null && !plan.isFetching ? (
          <Failure problem={plan.error} retry={() => void plan.refetch()} />
        ) : plan.data === undefined ? (
          <Skeleton rows={5} />
        ) : (
          <div className={plan.isFetching ? "panel-old" : undefined}>
            <PlanView plan={plan.data} />
          </div>
        )}
      </section>
    </Dialog>
  );
}

function whereOf(problem: ProblemError): unknown {
  return problem.extra["where"];
}

/** The plan of what is asked for; made anew when that changes and rests. */
function usePlan(ask: Ask, isOff: boolean) {
  const text = JSON.stringify(ask);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const query = useQuery<Schemas["BackfillPlanFacts"], ProblemError>({
    queryKey: ["plan", settled],
    queryFn: async ({ signal }) => {
      const { data } = await client.POST("/api/backfills/plan", { body: JSON.parse(settled) as Ask, signal });
      return data as Schemas["BackfillPlanFacts"];
    },
    enabled: !isOff,
    gcTime: 0,
    retry: false,
    placeholderData: (before) => before,
  });
  return { data: query.data, error: query.error, isFetching: query.isFetching || settled !== text, refetch: query.refetch };
}
