/** The queue: who has a place and for how long, who waits for what and in which order, the pools. */

import { useAction, useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { RunLink, targetText, TriggerLink, WaitingText } from "../../parts/run_words.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { Link } from "wouter";
import { useWhyNot } from "../../state/caller.ts";
import { Status } from "../../state/status.tsx";
import { count } from "../../text/number.ts";
import { duration } from "../../text/time.ts";

type Answer = Schemas["QueueShape"];
type Row = Schemas["RunRow"];

export function Queue() {
  const answer = useAnswer("/api/queue", {}, { topics: ["queue", "runs"] });
  return (
    <Panel answer={answer} rows={8}>
      {(queue) => (
        <div className="runs-queue">
          <p role="status">{queue.text}.</p>
          <Line queue={queue} />
          <Slots queue={queue} />
          {queue.pools.length > 0 && <Pools queue={queue} />}
        </div>
      )}
    </Panel>
  );
}

function Line({ queue }: { queue: Answer }) {
  const whyNot = useWhyNot("operator");
  const change = useAction("patch", "/api/runs/{run_id}", { topics: ["queue", "runs"], done: (answer) => toast(answer.text) });
  const give = (run: Row, priority: number) => change.mutate({ path: { run_id: run.run_id }, body: { priority, reason: "", add_tags: {}, remove_tags: [] } });
  const standing = queue.line.filter((each) => each.waiting?.place !== null);
  const highest = Math.max(0, ...standing.map((each) => each.priority));
  return (
    <section aria-labelledby="queue-line">
      <h2 id="queue-line">Waiting</h2>
      {queue.line.length === 0 ? (
        <Empty title="No run waits">
          <p>A run that is asked for stands here until one of the {count(queue.limit)} places is free.</p>
        </Empty>
      ) : (
        <div className="runs-queue-wide" tabIndex={0} role="region" aria-label="runs that wait">
          <table className="runs-queue-table">
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
            <tbody>
              {queue.line.map((run) => (
                <tr key={run.run_id}>
                  <td>{run.waiting?.place ?? "–"}</td>
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
                      <Button isSmall kind="quiet" why={whyNot} label={`To the front: ${targetText(run)}`} onPress={() => give(run, highest + 1)}>
                        ⤒
                      </Button>
                      <Button isSmall kind="quiet" why={whyNot} label={`Raise the priority of ${targetText(run)}`} onPress={() => give(run, run.priority + 1)}>
                        ↑
                      </Button>
                      <Button isSmall kind="quiet" why={whyNot} label={`Lower the priority of ${targetText(run)}`} onPress={() => give(run, run.priority - 1)}>
                        ↓
                      </Button>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {queue.queued_count > queue.line.length && (
        <p className="soft">
          The first {count(queue.line.length)} of {queue.is_exact ? count(queue.queued_count) : `more than ${count(queue.queued_count)}`}.
        </p>
      )}
    </section>
  );
}

function Slots({ queue }: { queue: Answer }) {
  return (
    <section aria-labelledby="queue-slots">
      <h2 id="queue-slots">
        Places: {count(queue.going_count)} of {count(queue.limit)} taken
      </h2>
      {queue.going.length > 0 && (
        <table className="runs-queue-table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">For</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {queue.going.map((slot) => (
              <tr key={slot.run.run_id}>
                <td>
                  <RunLink run={slot.run} /> {slot.is_lost && <Status state="lost" />}
                </td>
                <td>{duration(slot.seconds)}</td>
                <td>
                  <When at={slot.since} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Pools({ queue }: { queue: Answer }) {
  return (
    <section aria-labelledby="queue-pools">
      <h2 id="queue-pools">Pools in use</h2>
      <div className="runs-queue-wide" tabIndex={0} role="region" aria-label="pools and who has them">
        <table className="runs-queue-table">
          <thead>
            <tr>
              <th scope="col">Pool</th>
              <th scope="col">Slots</th>
              <th scope="col">Held by</th>
              <th scope="col">Waiting</th>
            </tr>
          </thead>
          <tbody>
            {queue.pools.map((pool) => (
              <tr key={pool.pool}>
                <td>{pool.pool}</td>
                <td>{pool.slots === null ? "no limit" : `${pool.held.length} of ${pool.slots}`}</td>
                <td>
                  <Places places={pool.held} />
                </td>
                <td>
                  <Places places={pool.waiting} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Places({ places }: { places: Answer["pools"][number]["held"] }) {
  return (
    <>
      {places.map((place) => (
        <div key={`${place.run.run_id} ${place.step}`}>
          <RunLink run={place.run} /> {place.step && <span className="soft">step {place.step}</span>}
        </div>
      ))}
    </>
  );
}
