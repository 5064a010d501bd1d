/** The partitions of an asset: which are missing, failed, stale; choosing some; what to do with them. */

import { useState } from "react";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { PartitionStrip } from "../../parts/partition_strip.tsx";
import { useParam } from "../../parts/url.ts";
import { STATES } from "../../state/status.tsx";
import { OF_PARTITION } from "../../text/asset.ts";
import { count } from "../../text/number.ts";
import { DynamicKeysButton } from "./dynamic_keys.tsx";
import { PartitionDetail } from "./partition_detail.tsx";
import { PartitionList } from "./partition_list.tsx";
import { PartitionMap } from "./partition_map.tsx";
import { Picked } from "./picked.tsx";

type Overview = Schemas["PartitionsOverview"];
const TOLD = ["failed", "missing", "stale", "in_progress", "planned", "made"] as const;
const TEXT_SHOWN = 160;

export function PartitionsTab({ asset }: { asset: Schemas["AssetDetail"] }) {
  const key = asset.key;
  const [pick, setPick] = useParam("pick", "");
  const [open, setOpen] = useParam("partition", "");
  const answer = useAnswer("/api/asset/partitions/overview", { query: { key } }, { topics: [`asset:${key}`, "partitions"] });
  const chosen = useAnswer("/api/asset/partitions/chosen", { query: { key, text: pick } }, { isOff: pick === "" || answer.data?.total === null, topics: [`asset:${key}`], keepsBefore: true });
  const segments = pick === "" || chosen.error !== null ? [] : (chosen.data?.segments ?? []);
  return (
    <Panel answer={answer} rows={8}>
      {(overview) =>
        overview.total === 0 ? (
          <NoPartitions overview={overview} assetKey={key} />
        ) : (
          <div className="asset-tab">
            {overview.facts.dynamic_name && (
              <p className="asset-tools">
                <DynamicKeysButton name={overview.facts.dynamic_name} assetKey={key} />
              </p>
            )}
            {overview.total !== null && <Counts overview={overview} choose={setPick} />}
            {overview.total !== null && (
              <PartitionStrip strip={{ total: overview.total, counts: overview.counts, segments: overview.segments, is_exact: overview.is_exact }} width={720} height={18} />
            )}
            {overview.total !== null && <Picked asset={asset} pick={pick} setPick={setPick} chosen={chosen} />}
            {overview.total !== null && <PartitionMap assetKey={key} overview={overview} segments={segments} pick={pick} setPick={setPick} />}
            {open !== "" && <PartitionDetail assetKey={key} partition={open} onClose={() => setOpen("")} />}
            <PartitionList assetKey={key} open={open} setOpen={setOpen} />
          </div>
        )
      }
    </Panel>
  );
}

/** How many stand how, and which they are; each can be chosen with a click. */
function Counts({ overview, choose }: { overview: Overview; choose: (text: string) => void }) {
  const [filter, setFilter] = useParam("state", "");
  return (
    <ul className="asset-counts">
      {TOLD.map((name) => {
        const number = overview.counts[name] ?? 0;
        const look = OF_PARTITION[name];
        if (look === undefined || (number === 0 && name !== "missing" && name !== "failed" && name !== "stale")) return null;
        const text = overview.texts[name];
        return (
          <li key={name} className="asset-count" data-colour={STATES[look.state].colour} data-zero={number === 0 || undefined}>
            <Button kind="quiet" isSmall isPressed={filter === name} label={`${count(number)} ${look.word}: list only these`} onPress={() => setFilter(filter === name ? "" : name)}>
              <span aria-hidden="true">{STATES[look.state].shape}</span> {count(number)} {look.word}
            </Button>
            {number > 0 && name !== "made" && <Names text={text ?? null} />}
            {number > 0 && text !== null && text !== undefined && (
              <Button kind="quiet" isSmall label={`Choose the ${look.word} ones`} onPress={() => choose(text)}>
                Choose
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Names({ text }: { text: string | null }) {
  const [isWhole, setWhole] = useState(false);
  if (text === null) return <span className="soft">too many stretches to write down</span>;
  if (text === "*") return <span className="soft">all</span>;
  const isLong = text.length > TEXT_SHOWN;
  return (
    <span className="asset-names">
      <bdi className="mono">{isWhole || !isLong ? text : `${text.slice(0, TEXT_SHOWN)}…`}</bdi>
      {isLong && (
        <Button kind="quiet" isSmall onPress={() => setWhole(!isWhole)}>
          {isWhole ? "Less" : "All"}
        </Button>
      )}
    </span>
  );
}

function NoPartitions({ overview, assetKey }: { overview: Overview; assetKey: string }) {
  const name = overview.facts.dynamic_name ?? null;
  return (
    <Empty title="There are no partitions yet">
      {name !== null ? (
        <>
          <p>
            They are dynamic, and nobody added a key: a sensor can, or <code>watchbell partitions add {name} KEY</code>, or you here:
          </p>
          <DynamicKeysButton name={name} assetKey={assetKey} />
        </>
      ) : (
        <p>{overview.facts.description} The first window is not over yet.</p>
      )}
    </Empty>
  );
}
