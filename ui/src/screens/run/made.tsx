/** What a run made: assets with what is known of them, and what checks said. */

import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { Metadata } from "../../parts/metadata.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { assetAddress } from "../../text/asset.ts";

export function MadeThings({ runId }: { runId: string }) {
  const answer = useAnswer("/api/runs/{run_id}/made", { path: { run_id: runId } }, { topics: [`run:${runId}`] });
  return (
    <Panel answer={answer} rows={4}>
      {(made) =>
        made.assets.length === 0 && made.checks.length === 0 && made.planned.length === 0 ? (
          <Empty title="It made no assets">
            <p>A run of assets lists here what it made and what checks said of it; this one has said nothing of any.</p>
          </Empty>
        ) : (
          <div className="run-made" tabIndex={0} role="region" aria-label="what the run made">
            <table className="run-table">
              <thead>
                <tr>
                  <th scope="col">State</th>
                  <th scope="col">Asset</th>
                  <th scope="col">Partition</th>
                  <th scope="col">When</th>
                  <th scope="col">Metadata</th>
                </tr>
              </thead>
              <tbody>
                {made.assets.map((each) => (
                  <tr key={each.event_id}>
                    <td>
                      <Status state="done" word={each.is_observation ? "observed" : "made"} />
                    </td>
                    <td>
                      <Link href={assetAddress(each.asset)}>
                        <Name text={each.asset} />
                      </Link>
                    </td>
                    <td>{each.partition}</td>
                    <td>
                      <When at={each.at} />
                    </td>
                    <td>
                      {each.description !== null && <p>{each.description}</p>}
                      <Metadata facts={each.metadata} />
                    </td>
                  </tr>
                ))}
                {made.checks.map((each) => (
                  <tr key={each.event_id}>
                    <td>
                      <Status state={each.is_passed ? "done" : each.severity === "WARN" ? "attention" : "failed"} word={each.is_passed ? "passed" : each.severity === "WARN" ? "warned" : "failed"} />
                    </td>
                    <td>
                      <Link href={assetAddress(each.asset, "checks")}>
                        <Name text={each.asset} />
                      </Link>
                      : check <Name text={each.check} />
                    </td>
                    <td />
                    <td>
                      <When at={each.at} />
                    </td>
                    <td>
                      {each.description !== null && <p>{each.description}</p>}
                      <Metadata facts={each.metadata} />
                    </td>
                  </tr>
                ))}
                {made.planned.map((each) => (
                  <tr key={each}>
                    <td>
                      <Status state="never" word="not made" />
                    </td>
                    <td>
                      <Link href={assetAddress(each)}>
                        <Name text={each} />
                      </Link>
                    </td>
                    <td />
                    <td />
                    <td />
                  </tr>
                ))}
              </tbody>
            </table>
            {!made.is_whole && <p className="soft">These are the first ones; the log has all.</p>}
          </div>
        )
      }
    </Panel>
  );
}
