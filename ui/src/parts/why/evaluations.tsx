/** The evaluations of a condition, equal ones folded; one is looked at, two are compared. */

import { useId, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Status, type State } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { absolute, useZone } from "../../text/time.ts";
import { Button } from "../button.tsx";
import { Empty, Panel } from "../panel.tsx";
import { useParam } from "../url.ts";
import { When } from "../when.tsx";
import { Comparison } from "./compare.tsx";

type Row = Schemas["EvaluationRow"];

const RESULTS: Record<Row["result"], { state: State; word: string }> = {
  requested: { state: "done", word: "asked for" },
  held: { state: "queued", word: "held back" },
  "not requested": { state: "skipped", word: "not asked for" },
  "not reached": { state: "never", word: "not evaluated" },
  unreadable: { state: "attention", word: "unreadable" },
};

/** What came of an evaluation. */
export function ResultWord({ result }: { result: Row["result"] }) {
  return <Status {...RESULTS[result]} />;
}

export function Evaluations({ entity, shownId, topics }: { entity: string; shownId: number | null; topics: readonly string[] }) {
  const heading = useId();
  const pages = usePages("/api/conditions/evaluations", { query: { entity, limit: 20 } }, { topics });
  const [compare, setCompare] = useParam("compare");
  const pair = /^(\d+),(\d+)$/.exec(compare);
  return (
    <section className="why-evaluations" aria-labelledby={heading}>
      <h2 id={heading}>Evaluations</h2>
      {pair !== null && <Comparison entity={entity} first={Number(pair[1])} second={Number(pair[2])} close={() => setCompare("")} />}
      <Panel answer={{ ...pages, data: pages.data && pages.rows }} rows={4}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No evaluation is kept">
              <p>One is stored when something of it changes, and kept for 30 days, a thousand of each at most. Conditions are evaluated while a service works and their sensor is on.</p>
            </Empty>
          ) : (
            <>
              <Table rows={rows} shownId={shownId} compare={(first, second) => setCompare(`${first},${second}`)} />
              {pages.hasNextPage && (
                <Button isSmall isBusy={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
                  Earlier
                </Button>
              )}
            </>
          )
        }
      </Panel>
    </section>
  );
}

function Table({ rows, shownId, compare }: { rows: readonly Row[]; shownId: number | null; compare: (first: number, second: number) => void }) {
  const [picked, setPicked] = useState<readonly number[]>([]);
  const pick = (id: number) => setPicked(picked.includes(id) ? picked.filter((each) => each !== id) : [...picked.slice(-1), id]);
  const [first = 0, second = 0] = [...picked].sort((a, b) => a - b);
  return (
    <>
      <div className="why-scroll" role="region" tabIndex={0} aria-label="evaluations, newest first">
        <table className="why-table">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">compare</span>
              </th>
              <th scope="col">when</th>
              <th scope="col">result</th>
              <th scope="col">because of</th>
              <th scope="col">runs</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id} aria-current={shownId !== null && row.first_id <= shownId && shownId <= row.id ? "true" : undefined}>
                <td>
                  <input type="checkbox" className="why-pick" aria-label={`compare evaluation ${row.id}`} checked={picked.includes(row.id)} onChange={() => pick(row.id)} />
                </td>
                <td>
                  <Span row={row} />
                </td>
                <td>
                  <ResultWord result={row.result} />
                  {row.requested > 1 && <span className="soft"> {counted(row.requested, "partition")}</span>}
                </td>
                <td>
                  <bdi>{row.because.join(", ")}</bdi>
                </td>
                <td>
                  {row.run_ids.map((id) => (
                    <Link key={id} href={`/runs/${id}`} className="mono why-run">
                      {id.slice(0, 8)}
                    </Link>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <Button isSmall why={picked.length === 2 ? undefined : "Pick two evaluations to compare."} onPress={() => compare(first, second)}>
          Compare the two
        </Button>
      </p>
    </>
  );
}

/** When evaluations with the same result were; a link to what the newest of them says. */
function Span({ row }: { row: Row }) {
  const zone = useZone();
  const [path] = useLocation();
  const [params] = useSearchParams();
  const next = new URLSearchParams(params);
  next.set("at", row.last_at);
  const exact = (at: string) => absolute(new Date(at), zone);
  return (
    <>
      <Link href={`${path}?${next.toString()}`}>{exact(row.last_at)}</Link>
      <span className="soft">
        {" "}
        <When at={row.last_at} />
        {row.count > 1 && `; same result ${row.count.toLocaleString("en-GB")} times since ${exact(row.first_at)}`}
      </span>
    </>
  );
}
