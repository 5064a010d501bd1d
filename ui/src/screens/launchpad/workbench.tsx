/** The launchpad's form, editor, findings and buttons; one text of YAML is behind all of them. */

import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { client } from "../../api/client.ts";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Failure, Skeleton } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { readTags } from "../backfills/tags.ts";
import { wordsOf } from "../jobs/marks.ts";
import { ConfigForm } from "./config_form.tsx";
import { forgetDraft, hasSecret, keepDraft, readDraft, type Draft } from "./draft.ts";
import type { Request } from "./request.ts";
import { defaultsOf, leavesOf, scaffoldOf, withValue, type Config, type ConfigType } from "./schema.ts";
import { toYaml } from "./yaml.ts";

const Editor = lazy(() => import("./editor.tsx"));
const SETTLE_MS = 400;
const HELP_ID = "launch-editor-help";

type Facts = Schemas["LaunchFacts"];
type Findings = Schemas["ConfigFindings"];

interface Props {
  location: string;
  job: string;
  facts: Facts;
  request: Request | null;
  /** Whether the address says what to begin with; a draft that was kept does not count then. */
  isFromRun: boolean;
}

function beginning({ location, job, facts, request, isFromRun }: Props): Draft {
  if (request !== null) return { text: request.text, partition: request.partition, ops: "", tags: tagsText(request.tags), parent: "" };
  const fresh = { text: facts.config, partition: facts.partition ?? "", ops: facts.op_selection.join(", "), tags: "", parent: facts.parent_run_id ?? "" };
  return isFromRun ? fresh : (readDraft(location, job) ?? fresh);
}

function tagsText(tags: Record<string, string>): string {
  return Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
}

export function Workbench(props: Props) {
  const { location, job, facts } = props;
  const [, go] = useLocation();
  const [draft, setDraft] = useState(() => beginning(props));
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const schema = facts.config_schema as unknown as ConfigType;
  const leaves = useMemo(() => leavesOf(schema), [schema]);
  const hasForm = leaves !== null && leaves.length > 0;
  // The editor is large; where there is a form it is loaded when somebody wants it.
  const [isEditing, setEditing] = useState(!hasForm);
  const tags = readTags(draft.tags);
  const ops = draft.ops.split(",").map((each) => each.trim()).filter(Boolean);
  const check = useCheck(location, job, { text: draft.text, op_selection: ops, partition: draft.partition.trim() || null }, facts);
  const [optimistic, setOptimistic] = useState<{ text: string; config: Config } | null>(null);
  const config: Config = optimistic?.text === draft.text ? optimistic.config : (check.findings?.config ?? {});
  const whyNot = useWhyNot("operator");
  useEffect(() => {
    if (check.isChecking) return; // nobody knows yet whether a secret was typed
    if (!hasSecret(schema, check.findings?.config)) keepDraft(location, job, draft);
    else forgetDraft(location, job);
  }, [location, job, draft, schema, check.findings, check.isChecking]);
  const launch = useAction("post", "/api/jobs/{location}/{name}/launch", {
    topics: ["runs"],
    done: ({ run_id }) => {
      forgetDraft(location, job);
      toast(`Run ${run_id.slice(0, 8)} is queued.`);
      go(`/runs/${encodeURIComponent(run_id)}`);
    },
  });
  const mistakes = useMemo(() => check.findings?.mistakes ?? [], [check.findings]);
  const byPath = useMemo(() => new Map(mistakes.map((each) => [each.path.join("."), each.message])), [mistakes]);
  const notYet =
    tags.wrong ??
    (check.problem !== null
      ? check.problem.detail
      : check.isChecking || check.findings === undefined
        ? "The config is being checked."
        : mistakes.length > 0
          ? `${counted(check.findings.mistake_count, "mistake")} in the config: ${mistakes[0]?.message ?? ""}`
          : undefined);
  const setConfig = (next: Config) => {
    const text = Object.keys(next).length === 0 ? "" : toYaml(next);
    setOptimistic({ text, config: next });
    change({ text });
  };
  const start = () =>
    launch.mutate({
      path: { location, name: job },
      body: { text: draft.text, op_selection: ops, partition: draft.partition.trim() || null, tags: tags.tags, parent_run_id: draft.parent || null, reason: "" },
    });
  const hasComments = /(^|\s)#/m.test(draft.text);
  return (
    <div className="launch">
      {draft.parent && (
        <p className="soft">
          Begins with the config of run {draft.parent.slice(0, 8)}, which it executes again.{facts.left_out && " Its secrets were left out; give them again."}
        </p>
      )}
      <div className="launch-top">
        {facts.partitions && (
          <TextField
            label="Partition"
            value={draft.partition}
            onChange={(partition) => change({ partition })}
            isMono
            placeholder={facts.partitions.newest[0] ? `e.g. ${facts.partitions.newest[0]}` : "none"}
            hint={`${facts.partitions.description}; ${counted(facts.partitions.count, "partition")}`}
            error={whereOf(check.problem) === "partition" ? check.problem?.detail : undefined}
          />
        )}
        <TextField
          label="Steps"
          value={draft.ops}
          onChange={(text) => change({ ops: text })}
          isMono
          placeholder="all"
          hint="E.g. load, load+ or *store; commas between."
          error={whereOf(check.problem) === "op_selection" ? check.problem?.detail : undefined}
        />
        <TextField label="Tags" value={draft.tags} onChange={(text) => change({ tags: text })} lines={2} isMono placeholder="key=value, one a line" error={tags.wrong} />
        <Presets location={location} job={job} onPick={(taken) => change({ ...taken, parent: "" })} />
      </div>
      <div className="launch-halves">
        {hasForm && (
          <section aria-label="config as a form">
            <h2>Config</h2>
            {hasComments && <p className="soft">Comments in the YAML are lost when something is changed here.</p>}
            <ConfigForm leaves={leaves} config={config} mistakes={byPath} onChange={(path, value) => setConfig(withValue(config, path, value))} />
          </section>
        )}
        <section className="launch-yaml" aria-label="config as YAML">
          <header className="panel-head">
            <h2>YAML</h2>
            <Button isSmall onPress={() => setConfig(scaffoldOf(schema, config))}>
              Scaffold
            </Button>
            <Button
              isSmall
              onPress={() => {
                change({ text: facts.config, partition: facts.partition ?? "", ops: facts.op_selection.join(", "), tags: "", parent: facts.parent_run_id ?? "" });
              }}
            >
              Begin anew
            </Button>
          </header>
          <p id={HELP_ID} className="soft launch-help">
            In the editor Ctrl+Space completes; Esc and then Tab leaves it.
          </p>
          {isEditing ? (
            <Suspense fallback={<Skeleton rows={8} />}>
              <Editor
                value={draft.text}
                onChange={(text) => change({ text })}
                schema={schema}
                mistakes={mistakes}
                label="run config as YAML"
                describedBy={HELP_ID}
                hasFocus={hasForm}
              />
            </Suspense>
          ) : (
            <button type="button" className="launch-preview" onClick={() => setEditing(true)}>
              <span className="visually-hidden">Edit as YAML</span>
              <pre>{draft.text || "# Nothing is given yet; press here to write YAML."}</pre>
            </button>
          )}
          <Defaults schema={schema} config={config} />
        </section>
      </div>
      <Said check={check} />
      <footer className="launch-foot">
        <Button kind="primary" why={whyNot ?? notYet} isBusy={launch.isPending} onPress={start}>
          {draft.parent ? "Launch again" : "Launch"}
        </Button>
        {(whyNot ?? notYet) !== undefined && <span className="soft launch-why">{whyNot ?? notYet}</span>}
      </footer>
    </div>
  );
}

function whereOf(problem: ProblemError | null): unknown {
  return problem?.extra["where"];
}

interface Check {
  findings: Findings | undefined;
  problem: ProblemError | null;
  isChecking: boolean;
  again: () => void;
}

/** What the server says of a config; asked anew when it changed and rests. */
function useCheck(location: string, job: string, ask: Schemas["ConfigAsk"], facts: Facts): Check {
  const text = JSON.stringify(ask);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  const query = useQuery<Findings, ProblemError>({
    queryKey: ["check", location, job, settled],
    queryFn: async ({ signal }) => {
      const { data } = await client.POST("/api/jobs/{location}/{name}/check", {
        params: { path: { location, name: job } },
        body: JSON.parse(settled) as Schemas["ConfigAsk"],
        signal,
      });
      return data as Findings;
    },
    // What the page began with was checked on the way here.
    initialData: settled === JSON.stringify({ text: facts.config, op_selection: facts.op_selection, partition: facts.partition ?? null }) ? facts.findings : undefined,
    gcTime: 0,
    retry: false,
    placeholderData: (before) => before,
  });
  return { findings: query.data, problem: query.error, isChecking: query.isFetching || settled !== text, again: () => void query.refetch() };
}

function Said({ check }: { check: Check }) {
  const where = whereOf(check.problem);
  if (check.problem !== null && where !== "partition" && where !== "op_selection") return <Failure problem={check.problem} retry={check.again} />;
  const { findings } = check;
  if (findings === undefined) return null;
  return (
    <section className="launch-said" aria-label="what is to be said of it" role="status">
      {findings.mistakes.map((each, place) => (
        <p key={place} className="launch-mistake">
          <span aria-hidden="true">✕ </span>
          {each.line !== null && each.line !== undefined && <>line {each.line}: </>}
          <code>
            <bdi>{each.path.join(" › ")}</bdi>
          </code>{" "}
          {each.message}
        </p>
      ))}
      {findings.mistake_count > findings.mistakes.length && <p>and {counted(findings.mistake_count - findings.mistakes.length, "more mistake")}</p>}
      {findings.remarks.map((each) => (
        <p key={each} className="launch-remark">
          <span aria-hidden="true">! </span>
          {each}
        </p>
      ))}
      {findings.mistakes.length === 0 && !check.isChecking && <p className="soft">✓ The config fits.</p>}
    </section>
  );
}

/** The defaults that hold where nothing is given, greyed. */
function Defaults({ schema, config }: { schema: ConfigType; config: Config }) {
  const found = defaultsOf(schema, config);
  if (Object.keys(found).length === 0) return null;
  return (
    <details className="launch-defaults">
      <summary>Defaults that hold where nothing is written</summary>
      <pre>{toYaml(found)}</pre>
    </details>
  );
}

/** Config, partition and steps of earlier runs to begin with. */
function Presets({ location, job, onPick }: { location: string; job: string; onPick: (taken: Pick<Draft, "text" | "partition" | "ops">) => void }) {
  const [isOpen, setOpen] = useState(false);
  const { data } = useAnswer("/api/jobs/{location}/{name}", { path: { location, name: job } }, { topics: ["runs"], isOff: !isOpen });
  const pick = async (run: string) => {
    try {
      const { data: told } = await client.GET("/api/jobs/{location}/{name}/launch", { params: { path: { location, name: job }, query: { run } } });
      if (told === undefined) return;
      onPick({ text: told.config, partition: told.partition ?? "", ops: told.op_selection.join(", ") });
      toast(told.left_out ? "Took config, partition and steps of that run, without its secrets." : "Took config, partition and steps of that run.");
    } catch (problem) {
      toast(problem instanceof Error ? problem.message : String(problem), { kind: "failed" });
    }
  };
  const marks = [...(data?.marks ?? [])].reverse();
  if (!isOpen || data === undefined) {
    return (
      <div className="launch-presets">
        <Button isBusy={isOpen} onPress={() => setOpen(true)}>
          Config of an earlier run…
        </Button>
      </div>
    );
  }
  if (marks.length === 0) return <p className="soft">It has no earlier run.</p>;
  return (
    <SelectField
      label="Config of an earlier run"
      value=""
      onChange={(run) => void pick(run)}
      choices={[{ value: "", title: "choose…" }, ...marks.map((mark) => ({ value: mark.run_id, title: wordsOf(mark) }))]}
    />
  );
}
