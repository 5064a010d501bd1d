/** What the code says of a schedule or sensor, in words. */

import type { ReactNode } from "react";
import { CodeLink } from "../../parts/code_link.tsx";
import { Facts } from "../../parts/facts.tsx";
import { When } from "../../parts/when.tsx";
import { counted } from "../../text/number.ts";
import { absolute, duration, useZone } from "../../text/time.ts";
import type { Detail } from "./automation_detail.tsx";

const CATCH_UP: Record<string, string> = {
  default: "the newest missed times run late, as many as the settings say",
  none: "missed times never run late",
  latest: "of missed times the newest runs late",
  all: "all missed times run late",
};
const OVERLAP: Record<string, string> = {
  allow: "runs of several times may go on at once",
  skip: "a time is skipped while runs of an earlier one go on",
  buffer_one: "runs wait until those of the earlier time are over; one time waits at most",
  cancel_running: "runs of an earlier time are cancelled",
};

export function Definition({ detail }: { detail: Detail }) {
  const { row, policy } = detail;
  const isSchedule = row.kind === "schedule";
  const zone = useZone();
  return (
    <div className="definition">
      <section>
        <h2>Definition</h2>
        <Facts
          items={[
            ["times", detail.cron.length > 0 && <Several key="c" lines={detail.cron.map((each) => `${each.words} (${each.text})`)} />],
            ["time zone", row.timezone],
            ["interval", detail.interval_seconds !== null && (detail.interval_seconds > 0 ? `at least ${duration(detail.interval_seconds)} between two evaluations` : "none: it is evaluated at once")],
            ["watches", detail.watches.length > 0 && <Several key="w" lines={detail.watches} />],
            ["looks after", detail.looks_after_count > 0 && <Several key="l" lines={detail.looks_after} rest={detail.looks_after_count - detail.looks_after.length} />],
            ["makes", detail.makes_count > 0 && <Several key="m" lines={detail.makes} rest={detail.makes_count - detail.makes.length} />],
            ["starts", row.jobs.length > 0 && <bdi>{row.jobs.join(", ")}</bdi>],
            ["missed times", isSchedule && catchUp(policy)],
            ["overlap", isSchedule && (OVERLAP[policy.overlap] ?? policy.overlap)],
            ["jitter", policy.jitter_seconds > 0 && `up to ${duration(policy.jitter_seconds)}; this one always ${duration(row.jitter_seconds)} after its time`],
            ["time allowed", policy.timeout_seconds !== null ? duration(policy.timeout_seconds) : "as the settings say"],
            ["run keys", policy.run_key_ttl_seconds !== null && `may be used again after ${duration(policy.run_key_ttl_seconds)}`],
            ["code", detail.code_place !== null && <CodeLink key="code" place={detail.code_place} />],
            ["owners", row.owners.length > 0 && <bdi>{row.owners.join(", ")}</bdi>],
            ["tags", Object.keys(row.tags).length > 0 && <Several key="t" lines={Object.entries(row.tags).map(([name, value]) => (value ? `${name}=${value}` : name))} />],
            ...Object.entries(detail.metadata).map(([name, value]) => [name, <bdi key={name}>{plain(value)}</bdi>] as const),
          ]}
        />
      </section>
      <section>
        <h2>State</h2>
        <Facts
          items={[
            ["on or off", row.is_by_code ? `${row.is_on ? "on" : "off"}, as its code says` : `turned ${row.is_on ? "on" : "off"} by somebody`],
            ["counts since", detail.effective_at && absolute(new Date(detail.effective_at), zone)],
            ["changed", detail.changed_at && <When key="c" at={detail.changed_at} />],
            ["last run key", detail.last_run_key && <bdi>{detail.last_run_key}</bdi>],
            ["crashes in a row", detail.failures_in_row > 0 && String(detail.failures_in_row)],
          ]}
        />
      </section>
      {detail.next.length > 0 && (
        <section>
          <h2>Next {counted(detail.next.length, "time")}</h2>
          <NextTimes detail={detail} />
        </section>
      )}
    </div>
  );
}

function catchUp(policy: Detail["policy"]): string {
  const text = CATCH_UP[policy.catchup] ?? policy.catchup;
  return policy.catchup_window_seconds === null ? text : `${text}; none that is older than ${duration(policy.catchup_window_seconds)}`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function Several({ lines, rest = 0 }: { lines: readonly string[]; rest?: number }): ReactNode {
  return (
    <ul className="definition-lines">
      {lines.map((line) => (
        <li key={line}>
          <bdi>{line}</bdi>
        </li>
      ))}
      {rest > 0 && <li className="soft">and {rest} more</li>}
    </ul>
  );
}

function NextTimes({ detail }: { detail: Detail }) {
  const zone = useZone();
  const own = detail.row.timezone ?? "UTC";
  return (
    <table className="definition-times">
      <thead>
        <tr>
          <th scope="col">In {own}</th>
          {zone !== own && <th scope="col">In {zone}</th>}
          <th scope="col">When</th>
          <th scope="col">Summer time</th>
        </tr>
      </thead>
      <tbody>
        {detail.next.map((each) => (
          <tr key={each.at}>
            <td>{absolute(new Date(each.at), own)}</td>
            {zone !== own && <td>{absolute(new Date(each.ticks_at), zone)}</td>}
            <td>
              <When at={each.ticks_at} />
            </td>
            <td className="definition-mark">{each.marks.join("; ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
