/** One partition: how it stands, its newest materialization, its runs, why the last one failed. */

import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { Name } from "../../parts/name.tsx";
import { Panel } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { stateOfRun, Status } from "../../state/status.tsx";
import { assetAddress, OF_PARTITION } from "../../text/asset.ts";
import { Newest, RunLink } from "./now.tsx";

export function PartitionDetail({ assetKey, partition, onClose }: { assetKey: string; partition: string; onClose: () => void }) {
  const answer = useAnswer("/api/asset/partition", { query: { key: assetKey, partition } }, { topics: [`asset:${assetKey}`, "partitions", "runs"], keepsBefore: true });
  return (
    <section className="asset-opened" aria-labelledby="partition-detail">
      <h2 id="partition-detail">
        <Name text={partition} />
      </h2>
      <Panel answer={answer} rows={4}>
        {(found) => {
          const look = OF_PARTITION[found.state];
          return (
            <>
              <p>
                <Status state={look?.state ?? "never"} word={look?.word} />
                {!found.is_current && <span className="soft"> It is no partition any more; what is remembered stays.</span>}
                {found.state === "stale" && <span className="soft"> What it is made from was made again since.</span>}
              </p>
              {found.error !== null && (
                <p className="asset-error" dir="auto">
                  <code>{found.error}</code>
                </p>
              )}
              {found.newest !== null && <Newest made={found.newest} />}
              {found.runs.length > 0 && (
                <>
                  <h3>Runs for it</h3>
                  <ul className="asset-list">
                    {found.runs.map((run) => (
                      <li key={run.run_id}>
                        <Status state={stateOfRun(run.status)} /> <RunLink id={run.run_id} /> <When at={run.created_at} /> <bdi className="soft">{run.started_by}</bdi>
                      </li>
                    ))}
                  </ul>
                </>
              )}
              <p className="asset-tools">
                <Link href={`${assetAddress(assetKey, "events")}&partition=${encodeURIComponent(partition)}`}>Its events</Link>
                <Button isSmall onPress={onClose}>
                  Close
                </Button>
              </p>
            </>
          );
        }}
      </Panel>
    </section>
  );
}
