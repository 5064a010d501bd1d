/** The steps of a run over time; a click shows one step's log. As a graph, and as a list: the same in words, with what each needs. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { cut, Name } from "../../parts/name.tsx";
import { Panel, Skeleton } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { useNow } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";
import { STEP_STATES } from "./step_states.ts";
import { ticksOf, within, type Stretch } from "./stretch.ts";

type Step = Schemas["StepShape"];
type Answer = Schemas["Steps"];

const LANE_PX = 26;
const LANES_SHOWN = 12;
const OVERSCAN = 6;
const StepGraph = lazy(async () => ({ default: (await import("./step_graph.tsx")).StepGraph }));

interface Props {
  run: Schemas["RunDetail"];
  step: string;
  setStep: (step: string) => void;
}

export function Steps({ run, step, setStep }: Props) {
  const [view, setView] = useParam("steps", "time");
  const answer = useAnswer("/api/runs/{run_id}/steps", { path: { run_id: run.run_id } }, { topics: [`run:${run.run_id}`] });
  const number = answer.data?.items.length ?? 0;
  if (number === 0 && answer.data !== undefined) return null; // it has not begun, or never did: the head says so
  return (
    <Panel
      title={`Steps${number > 0 ? `: ${summary(answer.data?.items ?? [])}` : ""}`}
      answer={answer}
      rows={4}
      actions={
        <span className="run-step-tools">
          {step && (
            <Button isSmall kind="quiet" onPress={() => setStep("")}>
              All steps
            </Button>
          )}
          <Button isSmall isPressed={view === "time"} onPress={() => setView("time")}>
            Timeline
          </Button>
          <Button isSmall isPressed={view === "graph"} onPress={() => setView("graph")}>
            Graph
          </Button>
          <Button isSmall isPressed={view === "list"} onPress={() => setView("list")}>
            List
          </Button>
        </span>
      }
    >
      {(steps) =>
        view === "list" ? (
          <StepList steps={steps.items} step={step} setStep={setStep} />
        ) : view === "graph" ? (
          <Suspense fallback={<Skeleton rows={5} />}>
            <StepGraph steps={steps.items} step={step} setStep={setStep} file={`run-${run.run_id.slice(0, 8)}`} />
          </Suspense>
        ) : (
          <Timeline steps={steps} step={step} setStep={setStep} />
        )
      }
    </Panel>
  );
}

function summary(steps: readonly Step[]): string {
  const counts = new Map<string, number>();
  for (const each of steps) counts.set(each.state, (counts.get(each.state) ?? 0) + 1);
  return [...counts].map(([state, number]) => `${number} ${state}`).join(", ");
}

interface InnerProps {
  step: string;
  setStep: (step: string) => void;
}

function Timeline({ steps, step, setStep }: InnerProps & { steps: Answer }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [lane, width] = useWidth();
  const now = useNow();
  const stretch = stretchOf(steps, now);
  const virtual = useVirtualizer({
    count: steps.items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LANE_PX,
    overscan: OVERSCAN,
  });
  const at = steps.items.findIndex((each) => each.key === step);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  return (
    <div className="run-gantt">
      <div className="run-gantt-axis" aria-hidden="true">
        <span className="run-gantt-name" />
        <div ref={lane} className="run-gantt-scale">
          {ticksOf(stretch, Math.max(2, Math.floor(width / 90))).map((tick) => (
            <span key={tick.seconds} className="run-gantt-tick" style={{ left: tick.part * width }}>
              {duration(tick.seconds)}
            </span>
          ))}
        </div>
      </div>
      <div className="run-gantt-lanes" ref={scroller} style={{ maxHeight: LANE_PX * LANES_SHOWN }} tabIndex={0} role="region" aria-label="steps over time">
        <div className="run-gantt-all" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const each = steps.items[item.index] as Step;
            return (
              <button
                key={each.key}
                type="button"
                className="run-gantt-lane"
                style={{ top: item.start, height: LANE_PX }}
                aria-pressed={each.key === step}
                aria-label={laneText(each, now)}
                data-tip={laneText(each, now)}
                onClick={() => setStep(each.key === step ? "" : each.key)}
              >
                <span className="run-gantt-name">
                  <Status state={STEP_STATES[each.state] ?? "never"} isBare />
                  <bdi>{cut(each.key, 30)}</bdi>
                </span>
                <Spans step={each} stretch={stretch} width={width} now={now} />
              </button>
            );
          })}
        </div>
      </div>
      <p className="run-gantt-legend">
        {["wait", "setup", "work", "failed", "pause"].map((kind) => (
          <span key={kind}>
            <svg width="14" height="10" aria-hidden="true">
              <rect className="run-span" data-kind={kind} data-failed={kind === "failed" || undefined} width="14" height="10" />
            </svg>
            {LEGEND[kind]}
          </span>
        ))}
      </p>
    </div>
  );
}

const LEGEND: Record<string, string> = { wait: "waiting", setup: "resources", work: "work", failed: "failed work", pause: "pause before a retry" };

function Spans({ step, stretch, width, now }: { step: Step; stretch: Stretch; width: number; now: Date }) {
  return (
    <svg className="run-gantt-bars" width={width} height={LANE_PX} aria-hidden="true">
      {step.spans.map((span, place) => {
        const [left, right] = within(stretch, span.begin_at, span.end_at, now);
        const isThin = span.kind === "wait" || span.kind === "pause";
        return (
          <rect
            key={place}
            className="run-span"
            data-kind={span.kind}
            data-failed={span.is_failed || undefined}
            data-running={span.end_at === null || undefined}
            x={left * width}
            width={Math.max(2, (right - left) * width)}
            y={isThin ? 10 : 5}
            height={isThin ? 6 : 16}
            rx="2"
          />
        );
      })}
    </svg>
  );
}

function laneText(step: Step, now: Date): string {
  const took = step.begin_at === null ? "" : `, ${duration(secondsOf(step, now))}`;
  const attempts = step.attempts > 1 ? `, ${step.attempts} attempts` : "";
  const pool = step.waits_for === null ? "" : `, waits for pool ${step.waits_for}`;
  return `${step.key}: ${step.state}${took}${attempts}${pool}`;
}

function secondsOf(step: Step, now: Date): number {
  if (step.begin_at === null) return 0;
  const end = step.end_at === null ? now : new Date(step.end_at);
  return Math.max(0, (end.getTime() - new Date(step.begin_at).getTime()) / 1000);
}

function stretchOf(steps: Answer, now: Date): Stretch {
  const begins = steps.items.flatMap((each) => each.spans.map((span) => new Date(span.begin_at).getTime()));
  const begin = Math.min(...begins, steps.begin_at === null ? Infinity : new Date(steps.begin_at).getTime());
  const end = steps.end_at === null ? now.getTime() : new Date(steps.end_at).getTime();
  return { begin: Number.isFinite(begin) ? begin : end, end: Math.max(end, begin + 1) };
}

function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (ref.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(40, Math.floor(entry.contentRect.width))));
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

const LIST_MAX = 300;

/** The twin of the timeline for reading: state, time, attempts, what it takes values of. */
function StepList({ steps, step, setStep }: InnerProps & { steps: readonly Step[] }) {
  const now = useNow();
  return (
    <div className="run-made" tabIndex={0} role="region" aria-label="steps">
      <table className="run-table">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">State</th>
            <th scope="col">Took</th>
            <th scope="col">Attempts</th>
            <th scope="col">Takes values of</th>
            <th scope="col">Makes</th>
          </tr>
        </thead>
        <tbody>
          {steps.slice(0, LIST_MAX).map((each) => (
            <tr key={each.key} aria-current={each.key === step || undefined}>
              <th scope="row">
                <button type="button" className="run-step-name" aria-pressed={each.key === step} onClick={() => setStep(each.key === step ? "" : each.key)}>
                  <Name text={each.key} />
                </button>
              </th>
              <td>
                <Status state={STEP_STATES[each.state] ?? "never"} word={each.state} />
                {each.waits_for !== null && <span className="soft"> for pool {each.waits_for}</span>}
              </td>
              <td>{each.begin_at === null ? "" : duration(secondsOf(each, now))}</td>
              <td>{each.attempts > 0 && each.attempts}</td>
              <td>{each.needs.join(", ")}</td>
              <td>{each.assets.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {steps.length > LIST_MAX && <p className="soft">The first {counted(LIST_MAX, "step")}; the timeline has all {steps.length}.</p>}
    </div>
  );
}
