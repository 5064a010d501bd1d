/** One run: what, why, who; what failed and with which line; its steps, log, assets, config. */

import { useEffect } from "react";
import { useLocation, useParams } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Page } from "../../parts/page.tsx";
import { Panel } from "../../parts/panel.tsx";
import { targetText } from "../../parts/run_words.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useHashParam, useParam } from "../../parts/url.ts";
import { Why } from "../../parts/why/why.tsx";
import { useShortcuts } from "../../state/shortcuts.ts";
import { RunActions } from "./actions.tsx";
import { Config } from "./config.tsx";
import { Failures } from "./failures.tsx";
import { Head, RunFacts } from "./head.tsx";
import { Log } from "./log.tsx";
import { MadeThings } from "./made.tsx";
import { Output } from "./output.tsx";
import { Steps } from "./steps.tsx";
import "./run.css";

type Detail = Schemas["RunDetail"];

export default function Run() {
  const { runId = "" } = useParams<{ runId: string }>();
  return <RunPage key={runId} runId={runId} />;
}

function RunPage({ runId }: { runId: string }) {
  const params = { path: { run_id: runId } };
  const answer = useAnswer("/api/runs/{run_id}", params, { topics: [`run:${runId}`, "queue"] });
  const run = answer.data;
  const title = run === undefined ? `Run ${runId.slice(0, 8)}` : `${targetText(run)} · ${runId.slice(0, 8)}`;
  return (
    <Page
      title={title}
      heading={run === undefined ? title : <bdi>{targetText(run)}</bdi>}
      actions={run === undefined ? undefined : <RunActions run={run} />}
    >
      <Panel answer={answer} rows={5}>
        {(data) => <Content run={data} />}
      </Panel>
    </Page>
  );
}

function Content({ run }: { run: Detail }) {
  const first = run.status === "QUEUED" ? "why" : "log"; // what waits has no log, and people ask why
  const [tab] = useParam("tab", first);
  const [step, setStep] = useHashParam("step");
  const [, go] = useLocation();
  useShortcuts([
    { keys: "[", about: "older run of this job", act: () => run.before !== null && go(`/runs/${run.before}`) },
    { keys: "]", about: "newer run of this job", act: () => run.after !== null && go(`/runs/${run.after}`) },
    { keys: "e", about: "the error", act: focusError },
  ]);
  const hasFailed = run.failures.length > 0;
  useFavicon(run);
  return (
    <div className="run">
      <Head run={run} />
      {hasFailed && <Failures run={run} />}
      <RunFacts run={run} />
      <Steps run={run} step={step} setStep={setStep} />
      <section className="run-tabs" aria-label="what the run said and made">
        <Tabs
          label="parts of the run"
          current={tab}
          to={(id) => `/runs/${run.run_id}${id === first ? "" : `?tab=${id}`}${step ? `#step=${encodeURIComponent(step)}` : ""}`}
          tabs={[
            ...(first === "why" ? [{ id: "why", title: "Why" }] : []),
            { id: "log", title: "Log" },
            ...(run.has_output ? [{ id: "output", title: "Output" }] : []),
            { id: "made", title: "Assets" },
            { id: "config", title: "Config, tags" },
            ...(first === "why" ? [] : [{ id: "why", title: "Why" }]),
          ]}
        />
        {tab === "output" ? (
          <Output runId={run.run_id} step={step} />
        ) : tab === "made" ? (
          <MadeThings runId={run.run_id} />
        ) : tab === "why" ? (
          <Why about={{ kind: "run", runId: run.run_id }} />
        ) : tab === "config" ? (
          <Config run={run} />
        ) : (
          <Log runId={run.run_id} isFailed={hasFailed} step={step} setStep={setStep} />
        )}
      </section>
    </div>
  );
}

function focusError(): void {
  const card = document.querySelector<HTMLElement>("[data-error-card]");
  card?.scrollIntoView({ block: "start" });
  card?.focus({ preventScroll: true });
}

const SIGNS: Record<string, string> = { SUCCESS: "✓", FAILURE: "✕", STARTED: "▶", QUEUED: "◷", CANCELED: "■", CANCELING: "▶", STARTING: "◷" };

/** The tab tells the run's state while somebody works in another one. */
function useFavicon(run: Detail): void {
  const sign = run.is_lost ? "!" : (SIGNS[run.status] ?? "○");
  const title = targetText(run);
  useEffect(() => {
    document.title = `${sign} ${title} · ${run.run_id.slice(0, 8)} · watchbell`;
  }, [sign, title, run.run_id]);
}
