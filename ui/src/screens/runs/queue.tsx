/** The queue: who has a place and for how long, who waits for what and in which order, the pools. */

import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Panel } from "../../parts/panel.tsx";
import { RunLink } from "../../parts/run_words.tsx";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { count } from "../../text/number.ts";
import { duration } from "../../text/time.ts";
import { QueueLine } from "./queue_line.tsx";

type Answer = Schemas["QueueShape"];

export function Queue() {
  const answer = useAnswer("/api/queue", {}, { topics: ["queue", "runs"] });
  return (
    <Panel answer={answer} rows={8}>
      {(queue) => (
        <div className="runs-queue">
          <p role="status">
            {queue.text.charAt(0).toUpperCase()}
            {queue.text.slice(1)}.
          </p>
          <QueueLine queue={queue} />
          <Slots queue={queue} />
          {queue.pools.length > 0 && <Pools queue={queue} />}
        </div>
      )}
    </Panel>
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
                  <RunLink run={slot.run} isLost={slot.is_lost} /> {slot.is_lost && <Status state="lost" />}
                </td>
                <td>{duration(slot.seconds)}</td>
                <td>
                  <When at={slot.since} isAbsolute />
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
