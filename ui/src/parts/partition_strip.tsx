/** All partitions of an asset in a line: runs of equal state, each a rectangle; what failed is never too thin to see. */

import type { Schemas } from "../api/types.ts";
import { STATES } from "../state/status.tsx";
import { OF_PARTITION, partitionCounts } from "../text/asset.ts";
import { count } from "../text/number.ts";
import "./partition_strip.css";

interface Props {
  strip: Schemas["StripShape"];
  /** Of the line (pixels). */
  width?: number;
  height?: number;
}

const THIN_PX = 2;

export function PartitionStrip({ strip, width = 130, height = 12 }: Props) {
  const { total, segments, counts } = strip;
  const scale = total > 0 ? width / total : 0;
  const label = `${count(total)} partitions: ${partitionCounts(counts)}`;
  // What needs attention comes last, so that it lies on top of its neighbours.
  const drawn = [...segments].sort((one, other) => weight(one.state) - weight(other.state));
  return (
    <span className="pstrip">
      <svg className="pstrip-line" role="img" aria-label={label} data-tip={label} width={width} height={height} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none">
        <rect className="pstrip-ground" x={0.5} y={0.5} width={width - 1} height={height - 1} />
        {drawn.map((each) => (
          <rect
            key={each.start}
            data-state={each.state}
            x={Math.min(each.start * scale, width - THIN_PX)}
            y={0}
            width={Math.max(each.count * scale, each.state === "failed" ? THIN_PX : 0.6)}
            height={height}
          />
        ))}
      </svg>
    </span>
  );
}

/** The numbers of what needs attention, to stand beside a strip, whose label says the same. */
export function PartitionNumbers({ counts }: { counts: Record<string, number> }) {
  return (["failed", "in_progress", "missing"] as const).map((name) => {
    const number = counts[name] ?? 0;
    const look = OF_PARTITION[name];
    if (number === 0 || look === undefined) return null;
    return (
      <span key={name} className="pstrip-number" data-state={name} aria-hidden="true">
        {STATES[look.state].shape}
        {count(number)}
      </span>
    );
  });
}

function weight(state: string): number {
  return ["missing", "made", "stale", "planned", "in_progress", "failed"].indexOf(state);
}
