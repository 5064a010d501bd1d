/** How an asset stands now: state, freshness, the newest materialization, what is expected next, what is wrong upstream. */

import { lazy, Suspense } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { Facts } from "../../parts/facts.tsx";
import { Metadata } from "../../parts/metadata.tsx";
import { Ident, Name } from "../../parts/name.tsx";
import { Empty, Skeleton } from "../../parts/panel.tsx";
import { PartitionStrip } from "../../parts/partition_strip.tsx";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { assetAddress, partitionCounts, stateOfAsset } from "../../text/asset.ts";
import { AssetState, Fresh } from "../assets/columns.tsx";

const Plots = lazy(() => import("./plots.tsx"));

export function Now({ asset }: { asset: Schemas["AssetDetail"] }) {
  return (
    <div className="asset-now">
      <section aria-labelledby="asset-state">
        <h2 id="asset-state">State</h2>
        <Facts
          items={[
            ["State", <AssetState key="state" row={asset} />],
            ["Being made", asset.failed_partitions > 0 && asset.going_run_id && <RunLink id={asset.going_run_id} />],
            ["Why stale", asset.why],
            ["Failed", asset.failed_at && <Failed asset={asset} />],
            ["Made", asset.made_at && <When at={asset.made_at} />],
            ["Freshness", asset.freshness && <Freshness freshness={asset.freshness} />],
            ["Next", <Next key="next" asset={asset} />],
            ["Checks", asset.checks.total > 0 && <Checks asset={asset} />],
          ]}
        />
        {asset.partitions !== null && (
          <p className="asset-strip">
            <Link href={assetAddress(asset.key, "partitions")} aria-label={`partitions: ${partitionCounts(asset.partitions.counts)}`}>
              <PartitionStrip strip={asset.partitions} width={360} height={16} />
            </Link>
            <span className="soft">{partitionCounts(asset.partitions.counts)}</span>
          </p>
        )}
      </section>
      {asset.upstream_trouble.length > 0 && (
        <section aria-labelledby="asset-upstream">
          <h2 id="asset-upstream">Wrong upstream</h2>
          <ul className="asset-list">
            {asset.upstream_trouble.map((near) => (
              <li key={near.key}>
                <Status state={stateOfAsset(near.state).state} word={stateOfAsset(near.state).word} />{" "}
                <Link href={assetAddress(near.key)}>
                  <Name text={near.key} />
                </Link>{" "}
                <span className="soft">
                  {near.why}, {-near.distance === 1 ? "directly upstream" : `${-near.distance} steps upstream`}
                </span>{" "}
                {near.state === "failed" && near.failed_partitions === 0 && near.run_id !== null && <Link href={`/runs/${near.run_id}`}>the run</Link>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="asset-newest">
        <h2 id="asset-newest">Newest materialization</h2>
        {asset.newest === null ? (
          <Empty title="Never made">
            <p>{asset.next_text}</p>
          </Empty>
        ) : (
          <Newest made={asset.newest} />
        )}
      </section>
      {asset.newest !== null && (
        <Suspense fallback={<Skeleton rows={4} />}>
          <Plots assetKey={asset.key} />
        </Suspense>
      )}
    </div>
  );
}

/** A materialization or observation with all it says. */
export function Newest({ made }: { made: Schemas["MadeShape"] }) {
  return (
    <>
      <Facts
        items={[
          ["At", <When key="at" at={made.at} isAbsolute />],
          ["Run", made.run_id ? <RunLink id={made.run_id} /> : "reported from outside"],
          ["Partition", made.partition && <bdi className="mono">{made.partition}</bdi>],
          ["Said", made.description && <bdi>{made.description}</bdi>],
          ["Data version", made.data_version && <Ident id={made.data_version} />],
        ]}
      />
      <Metadata facts={made.metadata} none={<p className="soft">It says nothing more: no metadata.</p>} />
    </>
  );
}

/** A run by its id. */
export function RunLink({ id }: { id: string }) {
  return (
    <Link href={`/runs/${id}`} className="mono">
      {id.slice(0, 8)}
    </Link>
  );
}

function Failed({ asset }: { asset: Schemas["AssetDetail"] }) {
  return (
    <>
      <When at={asset.failed_at} />
      {asset.failed_run_id && (
        <>
          {" in "}
          <RunLink id={asset.failed_run_id} />
        </>
      )}
    </>
  );
}

function Freshness({ freshness }: { freshness: NonNullable<Schemas["AssetDetail"]["freshness"]> }) {
  return (
    <>
      <Fresh freshness={freshness} /> <span className="soft">{freshness.policy}</span>
    </>
  );
}

function Next({ asset }: { asset: Schemas["AssetDetail"] }) {
  return (
    <>
      {asset.next_at && <When at={asset.next_at} />} <span className="soft">{asset.next_text}</span>
    </>
  );
}

function Checks({ asset }: { asset: Schemas["AssetDetail"] }) {
  const { total, failed, warned } = asset.checks;
  const said = failed > 0 ? `${failed} of ${total} failed` : warned > 0 ? `${warned} of ${total} warn` : `${total}, none failed`;
  return <Link href={assetAddress(asset.key, "checks")}>{said}</Link>;
}
