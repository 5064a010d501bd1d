/** The columns of the catalog. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import type { Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { PartitionNumbers, PartitionStrip } from "../../parts/partition_strip.tsx";
import { useNow, When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { assetAddress, partitionCounts, stateOfAsset, stateOfFreshness } from "../../text/asset.ts";
import { count, counted } from "../../text/number.ts";
import { relative } from "../../text/time.ts";

export type AssetRow = Schemas["AssetRow"];

/** How an asset stands, and beside it that checks failed; one that failed links to the run that did, one with partitions that failed to these. */
export function AssetState({ row, isShort = false }: { row: AssetRow; isShort?: boolean }) {
  const own = <OwnState row={row} />;
  if (row.checks.failed === 0) return own;
  return (
    <span className="assets-state">
      {own}
      <Link href={assetAddress(row.key, "checks")} aria-label={`${counted(row.checks.failed, "check")} failed`} data-tip={`${counted(row.checks.failed, "check")} failed`}>
        <Status state="failed" word={`${counted(row.checks.failed, "check")} failed`} isBare={isShort} />
      </Link>
    </span>
  );
}

function OwnState({ row }: { row: AssetRow }) {
  const look = stateOfAsset(row.state);
  const failed = row.failed_partitions;
  const tip = failed > 0 ? partitionsFailed(row) : row.why ? `stale: ${row.why}` : undefined;
  const status = (
    <span data-tip={tip}>
      <Status state={look.state} word={failed > 0 ? `${count(failed)} failed` : look.word} />
    </span>
  );
  if (failed > 0) return <Link href={`${assetAddress(row.key, "partitions")}&state=failed`}>{status}</Link>;
  const run = row.state === "failed" ? row.failed_run_id : row.state === "running" ? row.going_run_id : null;
  return run ? <Link href={`/runs/${run}`}>{status}</Link> : status;
}

function partitionsFailed(row: AssetRow): string {
  const of = row.partitions === null ? "" : ` of ${count(row.partitions.total)}`;
  return `${count(row.failed_partitions)}${of} partitions failed and ${row.failed_partitions === 1 ? "was" : "were"} not made since`;
}

/** How fresh an asset is: until when, or by how much too old. */
export function Fresh({ freshness }: { freshness: AssetRow["freshness"] }) {
  const now = useNow();
  if (freshness === null) return null;
  const look = stateOfFreshness(freshness.state);
  const due = freshness.due_at === null ? null : new Date(freshness.due_at);
  const word = due === null || freshness.state === "UNKNOWN" ? look.word : freshness.state === "FAIL" ? `late by ${span(due, now)}` : `due in ${span(now, due)}`;
  return (
    <span className="assets-fresh" data-tip={due === null ? freshness.policy : `${freshness.policy}; due ${due.toISOString()}`}>
      <Status state={look.state} word={word} />
    </span>
  );
}

/** The time between two instants, in one unit: `3h`. */
function span(from: Date, to: Date): string {
  return relative(to, from).replace(/^in /, "");
}

/** What makes an asset by itself, and when next. */
export function NextAutomation({ row }: { row: AssetRow }) {
  const first = row.automations[0];
  if (first === undefined) return null;
  return (
    <span className="assets-automation" data-tip={`${first.kind} ${first.name}: ${first.text}`}>
      {first.is_on ? first.next_at ? <When at={first.next_at} /> : "on change" : "off"}{" "}
      {row.automations.length > 1 && <span className="soft">+{row.automations.length - 1}</span>}
    </span>
  );
}

/** Who answers for it; cut at the end, where owners tell least from each other. */
function Owners({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  const text = names.join(", ");
  return <bdi data-tip={text}>{text}</bdi>;
}

function Checks({ row }: { row: AssetRow }) {
  const { total, failed, warned } = row.checks;
  if (total === 0) return null;
  const to = assetAddress(row.key, "checks");
  if (failed > 0)
    return (
      <Link href={to}>
        <Status state="failed" word={`${count(failed)} of ${count(total)}`} />
      </Link>
    );
  return <Link href={to}>{warned > 0 ? <Status state="attention" word={`${count(warned)} of ${count(total)}`} /> : <span className="soft">{count(total)}</span>}</Link>;
}

// On a laptop's screen the keys need the room more than the owners, whose names are whole in the tip.
const IS_WIDE = window.innerWidth >= 1500;

export const COLUMNS: readonly Column<AssetRow>[] = [
  {
    id: "asset",
    title: "Asset",
    sort: "key",
    card: "title",
    cell: (row) => (
      <Link href={assetAddress(row.key)}>
        <Name text={row.key} />
      </Link>
    ),
    text: (row) => row.key,
  },
  { id: "state", title: "State", width: 122, sort: "state", card: "side", cell: (row) => <AssetState row={row} isShort />, text: (row) => (row.checks.failed > 0 ? `${row.state}, ${counted(row.checks.failed, "check")} failed` : row.state) },
  {
    id: "partitions",
    title: "Partitions",
    width: 146,
    cell: (row) =>
      row.partitions ? (
        <span className="assets-strip">
          <Link href={assetAddress(row.key, "partitions")} aria-label={`partitions of ${row.key}: ${partitionCounts(row.partitions.counts)}`}>
            <PartitionStrip strip={row.partitions} width={90} />
          </Link>
          <PartitionNumbers counts={row.partitions.counts} />
        </span>
      ) : row.has_partitions ? (
        <span className="soft">listed by its code</span>
      ) : null,
    text: (row) => (row.partitions ? partitionCounts(row.partitions.counts) : ""),
  },
  { id: "made", title: "Made", width: 80, sort: "made_at", card: "line", cell: (row) => <When at={row.made_at} />, text: (row) => row.made_at ?? "" },
  { id: "fresh", title: "Freshness", width: 128, sort: "due_at", card: "line", cell: (row) => <Fresh freshness={row.freshness} />, text: (row) => row.freshness?.due_at ?? "" },
  { id: "checks", title: "Checks", width: 84, card: "line", cell: (row) => <Checks row={row} />, text: (row) => `${row.checks.failed} of ${row.checks.total} failed` },
  { id: "automation", title: "Next", width: 92, cell: (row) => <NextAutomation row={row} />, text: (row) => row.automations[0]?.next_at ?? "" },
  { id: "owner", title: "Owner", width: IS_WIDE ? 150 : 84, cell: (row) => <Owners names={row.owners} />, text: (row) => row.owners.join(" ") },
  { id: "group", title: "Group", width: 110, sort: "group", isOptional: true, cell: (row) => <Name text={row.group} most={18} />, text: (row) => row.group },
  { id: "kinds", title: "Kinds", width: 110, isOptional: true, cell: (row) => <Name text={row.kinds.join(", ")} most={18} />, text: (row) => row.kinds.join(" ") },
  { id: "about", title: "Description", isOptional: true, cell: (row) => <bdi>{row.description}</bdi>, text: (row) => row.description },
];
