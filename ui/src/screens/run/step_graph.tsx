/** The steps of a run as a graph of what takes values of what, each with its state; a click shows one step's log. */

import { useMemo } from "react";
import { GraphView } from "../../graph/graph_view.tsx";
import type { Graph } from "../../graph/types.ts";
import type { Schemas } from "../../api/types.ts";
import { STEP_STATES } from "./step_states.ts";

type Step = Schemas["StepShape"];

interface Props {
  steps: readonly Step[];
  step: string;
  setStep: (step: string) => void;
  /** Name of the exported file, without its ending. */
  file: string;
}

export function StepGraph({ steps, step, setStep, file }: Props) {
  const graph = useMemo(() => graphOf(steps), [steps]);
  return (
    <div className="run-graph">
      <GraphView graph={graph} label="graph of the steps" current={step || null} setCurrent={(id) => setStep(id ?? "")} open={setStep} file={file} />
    </div>
  );
}

function graphOf(steps: readonly Step[]): Graph {
  const known = new Set(steps.map((each) => each.key));
  return {
    nodes: steps.map((each) => ({
      id: each.key,
      label: each.key.slice(each.key.lastIndexOf(".") + 1),
      note: each.waits_for === null ? each.state : `waits for pool ${each.waits_for}`,
      state: STEP_STATES[each.state] ?? "never",
    })),
    edges: steps.flatMap((each) => each.needs.filter((from) => known.has(from)).map((from) => ({ from, to: each.key }))),
  };
}
