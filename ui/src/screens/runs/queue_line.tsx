/** The runs that wait, in their order: dragged to another place, or moved by keys and buttons. */

import { useRef } from "react";
import { Link } from "wouter";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Empty } from "../../parts/panel.tsx";
import { targetText, TriggerLink, WaitingText } from "../../parts/run_words.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { count } from "../../text/number.ts";
import { placesFor, type Place } from "./queue_order.ts";
import { useDrag } from "./use_drag.ts";

type Answer = Schemas["QueueShape"];
type Row = Schemas["RunRow"];

export function QueueLine({ queue }: { queue: Answer }) {
  return (
    <section aria-labelledby="queue-line">
      <h2 id="queue-line">Waiting</h2>
      {queue.line.length === 0 ? (
        <Empty title="No run waits">
          <p>A run that is asked for stands here until one of the {count(queue.limit)} places is free.</p>
        </Empty>
      ) : (
        <Runs line={queue.line} />
      )}
      {queue.queued_count > queue.line.length && (
        <p className="soft">
          The first {count(queue.line.length)} of {queue.is_exact ? count(queue.queued_count) : `more than ${count(queue.queued_count)}`}.
        </p>
      )}
    </section>
  );
}

/** Whether a run has a place: others, of a paused backfill for one, wait beside the line. */
function stands(run: Row): boolean {
  return typeof run.waiting?.place === "number";
}

function Runs({ line }: { line: readonly Row[] }) {
  const whyNot = useWhyNot("operator");
  const body = useRef<HTMLTableSectionElement>(null);
  const change = useAction("patch", "/api/runs/{run_id}", { topics: ["queue", "runs"] });
  const standing = line.filter(stands);
  const give = (run: Row, priority: number, said: string, undo?: () => void) =>
    change.mutate(
      { path: { run_id: run.run_id }, body: { priority, reason: "", add_tags: {}, remove_tags: [] } },
      { onSuccess: () => toast(said, undo === undefined ? {} : { undo }) },
    );
  const move = (run: Row, { index, priority }: Place) =>
    give(run, priority, `${targetText(run)}: place ${index + 1} of ${count(standing.length)}, priority ${priority}.`, () =>
      give(run, run.priority, `${targetText(run)} has priority ${run.priority} again.`),
    );
  const set = (run: Row, priority: number) => {
    const place = placesFor(standing, run).find((each) => each.priority === priority);
    if (place === undefined) give(run, priority, `${targetText(run)}: priority ${priority}.`);
    else move(run, place);
  };
  const highest = Math.max(0, ...standing.map((each) => each.priority));
  const { drag, handle, sideOf } = useDrag(standing, body, move);
  return (
    <div className="runs-queue-wide" tabIndex={0} role="region" aria-label="runs that wait">
      <table className="runs-queue-table" data-dragging={drag !== null || undefined}>
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col">Run</th>
            <th scope="col">Waits for</th>
            <th scope="col">Since</th>
            <th scope="col">Trigger</th>
            <th scope="col">Priority</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {line.map((run) => {
            const isStanding = stands(run);
            return (
              <tr key={run.run_id} data-run={run.run_id} data-drop={sideOf(run)} data-dragged={drag?.run.run_id === run.run_id || undefined}>
                <td>
                  <span className="runs-queue-place">
                    {isStanding && standing.length > 1 && whyNot === undefined && (
                      <button
                        type="button"
                        className="runs-queue-handle"
                        aria-label={`Move ${targetText(run)}: drag it, or press the arrow keys`}
                        data-tip="Drag, or press ↑ ↓"
                        {...handle(run)}
                      >
                        <span aria-hidden="true">⠿</span>
                      </button>
                    )}
                    {run.waiting?.place ?? "–"}
                  </span>
                </td>
                <td>
                  <Link href={`/runs/${run.run_id}`}>{targetText(run)}</Link>
                </td>
                <td>{run.waiting !== null && <WaitingText waiting={run.waiting} />}</td>
                <td>
                  <When at={run.created_at} />
                </td>
                <td>
                  <TriggerLink trigger={run.trigger} />
                </td>
                <td>
                  <span className="runs-queue-moves">
                    {run.priority}
                    <Button isSmall kind="quiet" why={whyNot} label={`To the front: ${targetText(run)}`} onPress={() => set(run, highest + 1)}>
                      ⤒
                    </Button>
                    <Button isSmall kind="quiet" why={whyNot} label={`Raise the priority of ${targetText(run)}`} onPress={() => set(run, run.priority + 1)}>
                      ↑
                    </Button>
                    <Button isSmall kind="quiet" why={whyNot} label={`Lower the priority of ${targetText(run)}`} onPress={() => set(run, run.priority - 1)}>
                      ↓
                    </Button>
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {drag !== null && (
        <div className="runs-queue-ghost" aria-hidden="true" style={{ transform: `translate(${drag.x + 14}px, ${drag.y + 10}px)` }}>
          {targetText(drag.run)} → place {drag.place.index + 1}, priority {drag.place.priority}
        </div>
      )}
    </div>
  );
}
