/** What needs attention, by kind, the gravest first; each leads to its cause, and can be put off. */

import { useId } from "react";
import { Link } from "wouter";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Name } from "../../parts/name.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { Status, type State } from "../../state/status.tsx";
import { assetAddress } from "../../text/asset.ts";
import { counted } from "../../text/number.ts";

type Row = Schemas["AttentionRow"];
type Kind = Row["kind"];

const KINDS: Record<Kind, { title: string; state: State; word?: string }> = {
  service: { title: "Service", state: "failed" },
  location: { title: "Code that cannot be loaded", state: "failed" },
  job: { title: "Failing jobs", state: "failed" },
  failed_asset: { title: "Failed assets", state: "failed" },
  automation: { title: "Failing schedules, sensors, conditions", state: "failed" },
  quarantine: { title: "Taken out of use", state: "attention", word: "quarantined" },
  late: { title: "Late", state: "attention", word: "late" },
  missed: { title: "Missed times", state: "attention", word: "missed" },
  queue: { title: "The queue is full", state: "attention", word: "full" },
  lost_run: { title: "Lost runs", state: "lost" },
  stuck_run: { title: "Stuck runs", state: "attention", word: "stuck" },
  backfill: { title: "Failed backfills", state: "failed" },
  check: { title: "Failing checks", state: "failed" },
  stale_asset: { title: "Assets that are too old", state: "stale" },
};
const HOUR_MS = 3_600_000;
const SHOWN_AT_FIRST = 8;

export function Attention({ attention }: { attention: Schemas["Attention"] }) {
  const heading = useId();
  const open = attention.items.filter((each) => !each.snoozed_until);
  const snoozed = attention.items.filter((each) => each.snoozed_until);
  return (
    <section className="attention" aria-labelledby={heading}>
      <header className="panel-head">
        <h2 id={heading}>Attention</h2>
        {attention.open_count > 0 && (
          <span className="soft">
            {counted(attention.open_count, "thing")}
            {!attention.is_complete && ", or more"}
          </span>
        )}
      </header>
      {open.length === 0 ? (
        <p className="attention-none">
          <Status state="done" word="Nothing is wrong." />
        </p>
      ) : (
        (Object.keys(KINDS) as Kind[]).map((kind) => <Group key={kind} kind={kind} rows={open.filter((each) => each.kind === kind)} />)
      )}
      {snoozed.length > 0 && (
        <details className="attention-snoozed">
          <summary>{counted(snoozed.length, "thing")} put off</summary>
          <ul className="attention-rows">
            {snoozed.map((row) => (
              <Entry key={row.key} row={row} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Group({ kind, rows }: { kind: Kind; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  const rest = rows.slice(SHOWN_AT_FIRST);
  return (
    <div className="attention-group">
      <h3>
        {KINDS[kind].title} <span className="soft">{rows.length}</span>
      </h3>
      <ul className="attention-rows">
        {rows.slice(0, SHOWN_AT_FIRST).map((row) => (
          <Entry key={row.key} row={row} />
        ))}
      </ul>
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more</summary>
          <ul className="attention-rows">
            {rest.map((row) => (
              <Entry key={row.key} row={row} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Entry({ row }: { row: Row }) {
  const look = KINDS[row.kind];
  return (
    <li className="attention-row">
      <Status state={look.state} isBare {...(look.word && { word: look.word })} />
      <Link href={causeOf(row)} className="attention-name">
        <Name text={row.check ? `${row.name}: ${row.check}` : row.name} />
      </Link>
      <span className="attention-text" data-tip={row.text}>
        <bdi>{row.text}</bdi>
      </span>
      <span className="attention-since soft">
        {row.count > 1 && <>{row.count}×, </>}
        {row.since && (
          <>
            {row.count > 1 && "first "}
            <When at={row.since} />
          </>
        )}
      </span>
      <span className="attention-off">
        <PutOff row={row} />
      </span>
    </li>
  );
}

function PutOff({ row }: { row: Row }) {
  const options = { topics: ["attention"] };
  const wake = useAction("delete", "/api/snoozes", options);
  const end = () => wake.mutate({ query: { key: row.key } });
  const snooze = useAction("put", "/api/snoozes", { ...options, done: () => toast(`Put off: ${row.name}.`, { undo: end }) });
  if (row.snoozed_until) {
    return (
      <span className="attention-wake">
        <span className="soft">
          until <When at={row.snoozed_until} />
        </span>
        <Button isSmall kind="quiet" onPress={end}>
          Show again
        </Button>
      </span>
    );
  }
  const until = (hours: number) => {
    const at = new Date(Date.now() + hours * HOUR_MS).toISOString();
    snooze.mutate({ body: { key: row.key, until_at: at, reason: "", is_shared: false } });
  };
  return (
    <Menu
      label={`Put off ${row.name}`}
      items={[
        { title: "for an hour", onPick: () => until(1) },
        { title: "for 8 hours", onPick: () => until(8) },
        { title: "for a day", onPick: () => until(24) },
        { title: "for a week", onPick: () => until(168) },
      ]}
    >
      <span aria-hidden="true">☾</span>
    </Menu>
  );
}

/** The page that shows why. */
function causeOf(row: Row): string {
  const place = (kind: string) => `/automation/${kind}/${encodeURIComponent(row.location ?? "")}/${encodeURIComponent(row.name)}`;
  switch (row.kind) {
    case "service":
      return "/system";
    case "location":
      return "/system?tab=locations";
    case "queue":
      return "/runs?tab=queue";
    case "backfill":
      return `/backfills/${encodeURIComponent(row.backfill_id ?? "")}`;
    case "late":
      if (!row.automation) return "/automation?q=state:late";
      return `${place(row.automation)}?tab=why`;
    case "automation":
    case "missed":
    case "quarantine":
      return place(row.automation ?? "schedule") + (row.tick_id ? `?tick=${row.tick_id}` : "");
    case "check":
      return `${assetAddress(row.name, "checks")}&check=${encodeURIComponent(row.check ?? "")}`;
    case "failed_asset":
      return row.run_id ? `/runs/${row.run_id}` : assetAddress(row.name, "partitions");
    case "stale_asset":
      return assetAddress(row.name, "why");
    default:
      return `/runs/${row.run_id ?? ""}`;
  }
}
