/** Which services work, whether they keep up, what they hold. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Facts } from "../../parts/facts.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel, type AnswerLike } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { Status, type State } from "../../state/status.tsx";
import { bytes, count, counted } from "../../text/number.ts";
import { duration } from "../../text/time.ts";

type System = Schemas["SystemShape"];

export function Services({ answer }: { answer: AnswerLike<System> }) {
  return (
    <>
      <Panel title="Service" answer={answer} rows={8}>
        {(system) => <Service system={system} />}
      </Panel>
      <Panel title="Store" answer={answer} rows={4}>
        {(system) => <Store system={system} />}
      </Panel>
      <Panel title="Loops" answer={answer} rows={8}>
        {(system) => <Loops system={system} />}
      </Panel>
      <Panel title="Alerts" answer={answer} rows={2}>
        {(system) => <Alerts system={system} />}
      </Panel>
    </>
  );
}

function Service({ system }: { system: System }) {
  const { service, lease, latency } = system;
  return (
    <div className="system-columns">
      <Facts
        items={[
          [
            "State",
            system.is_open ? (
              <Status state="running" word="works" />
            ) : (
              <>
                <Status state="failed" word="does not work" /> <When at={system.lost_at} />
              </>
            ),
          ],
          ["Process", service && `${service.pid} on ${service.host_name}`],
          ["Since", service && <When at={service.started_at} isAbsolute />],
          ["Version", service?.version],
          ["Lease", lease && `number ${lease.epoch}, ${lease.is_held ? "held by" : "last held by"} ${lease.holder}`],
          ["Lease ends", lease && <When at={lease.expires_at} />],
        ]}
      />
      <Facts
        items={[
          ["Runs waiting", <Link key="q" href="/runs?tab=queued">{count(system.queued)}</Link>],
          ["Runs going on", <Link key="r" href="/runs?tab=running">{count(system.running)}</Link>],
          ["Ticks begin late by", latency && `p50 ${duration(latency.p50)}, p95 ${duration(latency.p95)} (schedules, last ${counted(latency.ticks, "tick")})`],
          ...Object.entries(system.environment).map(([name, value]) => [name, value] as const),
        ]}
      />
    </div>
  );
}

/** How large it is, and how long things stay in it. */
function Store({ system }: { system: System }) {
  const { database, settings } = system;
  const size = database["size_bytes"];
  const days = (name: string) => (typeof settings[name] === "number" ? `${settings[name]} days` : "for ever");
  return (
    <div className="system-columns">
      <Facts
        items={[
          ["Database", String(database["engine"] ?? "")],
          ["Size", typeof size === "number" && bytes(size)],
          ["Runs", typeof database["runs"] === "number" && count(database["runs"])],
          ["Events so far", typeof database["newest_event_id"] === "number" && count(database["newest_event_id"])],
        ]}
      />
      <Facts
        items={[
          ["Runs, ticks, events kept", "until somebody deletes them"],
          ["Evaluations kept", `${days("condition_history_days")}, at most ${count(Number(settings["condition_history_max"] ?? 0))} of each asset and check`],
          ["Audit log kept", days("audit_history_days")],
        ]}
      />
    </div>
  );
}

function Loops({ system }: { system: System }) {
  const loops = system.service?.loops ?? [];
  if (!system.is_open || loops.length === 0) {
    return (
      <Empty title="No service works">
        <p>
          Start one: <code>watchbell dev</code> or <code>watchbell daemon</code>
        </p>
      </Empty>
    );
  }
  return (
    <div className="system-scroll" tabIndex={0} role="region" aria-label="Loops of the service">
      <table className="system-table">
        <thead>
          <tr>
            <th scope="col">Loop</th>
            <th scope="col">State</th>
            <th scope="col">Last turn</th>
            <th scope="col">Busy for</th>
          </tr>
        </thead>
        <tbody>
          {loops.map((loop) => (
            <tr key={loop.name}>
              <td>
                <Name text={loop.name} />
              </td>
              <td>
                {loop.failures_in_row > 0 ? (
                  <Status state="failed" word={`failed ${count(loop.failures_in_row)} times`} />
                ) : (
                  <Status state="done" word="works" />
                )}
              </td>
              <td>
                <When at={loop.turn_at} />
              </td>
              <td>{loop.busy_seconds > 0 ? duration(loop.busy_seconds) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Alerts({ system }: { system: System }) {
  if (system.alerts.length === 0) {
    return (
      <Empty title="Nobody is told when a run fails">
        <p>Sensors that watch how runs end tell people, for example by mail:</p>
        <pre>
          <code>{`alert = dg.make_email_on_run_failure_sensor(\n    email_from="watchbell@example.com", email_password=..., email_to=["team@example.com"]\n)`}</code>
        </pre>
      </Empty>
    );
  }
  return (
    <ul className="system-list">
      {system.alerts.map((alert) => (
        <li key={`${alert.location} ${alert.name}`}>
          <Status {...standing(alert)} />
          <Link href={`/automation/sensor/${encodeURIComponent(alert.location)}/${encodeURIComponent(alert.name)}`}>
            <Name text={alert.name} />
          </Link>
          <span className="soft">
            {`runs that end as ${alert.watches.join(", ").toLowerCase()} · `}
            {alert.delivered_at ? (
              <>
                last delivered <When at={alert.delivered_at} />
              </>
            ) : (
              "nothing delivered lately"
            )}
            {alert.last_at && (
              <>
                , looked <When at={alert.last_at} />
              </>
            )}
          </span>
          {(alert.problem || alert.failure) && <span>{alert.problem || alert.failure}</span>}
        </li>
      ))}
    </ul>
  );
}

function standing(alert: System["alerts"][number]): { state: State; word: string } {
  if (alert.problem) return { state: "failed", word: "quarantined" };
  if (!alert.is_on) return { state: "skipped", word: "off" };
  return alert.failure ? { state: "failed", word: "fails" } : { state: "done", word: "on" };
}
