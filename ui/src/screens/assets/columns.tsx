/** The columns of the catalog. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import type { Column } from "../../parts/list.tsx";
import { Name } from "../../parts/name.tsx";
import { PartitionNumbers, PartitionStrip } from "../../parts/partition_strip.tsx";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { assetAddress, partitionCounts, stateOfAsset, stateOfFreshness } from "../../text/asset.ts";
import { count } from "../../text/number.ts";

export type AssetRow = Schemas["AssetRow"];

/** How an asset stands; one that failed links to the run that did. */
export function AssetState({ row }: { row: AssetRow }) {
  const look = stateOfAsset(row.state);
  const status = (
    <span data-tip={row.why ? `stale: ${row.why}` : undefined}>
      <Status state={look.state} word={look.word} />
    </span>
  );
  const run = row.state === "failed" ? row.failed_run_id : row.state === "running" ? row.going_run_id : null;
  return run ? <Link href={`/runs/${run}`}>{status}</Link> : status;
}

/** How fresh an asset is: until when, or by how much too old. */
export function Fresh({ freshness }: { freshness: AssetRow["freshness"] }) {
  if (freshness === null) return null;
  const look = stateOfFreshness(freshness.state);
  const word = freshness.state === "FAIL" ? "late since" : freshness.state === "UNKNOWN" ? look.word : "due";
  return (
    <span className="assets-fresh" data-tip={freshness.policy}>
      <Status state={look.state} word={word} /> {freshness.state !== "UNKNOWN" && <When at={freshness.due_at} />}
    </span>
  );
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

// On a laptop's screen the names need the room; the column can be chosen all the same.
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
  { id: "state", title: "State", width: 135, sort: "state", card: "side", cell: (row) => <AssetState row={row} />, text: (row) => row.state },
  {
    id: "partitions",
    title: "Partitions",
    width: 160,
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
  { id: "fresh", title: "Freshness", width: 105, sort: "due_at", card: "line", cell: (row) => <Fresh freshness={row.freshness} />, text: (row) => row.freshness?.due_at ?? "" },
  { id: "checks", title: "Checks", width: 80, card: "line", cell: (row) => <Checks row={row} />, text: (row) => `${row.checks.failed} of ${row.checks.total} failed` },
  { id: "automation", title: "Next", width: 110, cell: (row) => <NextAutomation row={row} />, text: (row) => row.automations[0]?.next_at ?? "" },
  { id: "owner", title: "Owner", width: 130, isOptional: !IS_WIDE, cell: (row) => <Name text={row.owners.join(", ")} most={20} />, text: (row) => row.owners.join(" ") },
  { id: "group", title: "Group", width: 110, sort: "group", isOptional: true, cell: (row) => <Name text={row.group} most={18} />, text: (row) => row.group },
  { id: "kinds", title: "Kinds", width: 110, isOptional: true, cell: (row) => <Name text={row.kinds.join(", ")} most={18} />, text: (row) => row.kinds.join(" ") },
  { id: "about", title: "Description", isOptional: true, cell: (row) => <bdi>{row.description}</bdi>, text: (row) => row.description },
];
