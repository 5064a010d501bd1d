/** The checks of an asset: what each found last, its history, and running one. */

import { Link } from "wouter";
import { useAction, useAnswer, usePages } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Metadata } from "../../parts/metadata.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { Status } from "../../state/status.tsx";
import { assetAddress, stateOfCheck } from "../../text/asset.ts";
import { RunLink } from "./now.tsx";

type Row = Schemas["CheckRow"];
type Execution = Schemas["CheckRun"];

export function ChecksTab({ assetKey }: { assetKey: string }) {
  const answer = useAnswer("/api/checks", { query: { asset: assetKey } }, { topics: ["checks", `asset:${assetKey}`, "locations"] });
  const [open, setOpen] = useParam("check", "");
  const why = useWhyNot("operator");
  const run = useAction("post", "/api/checks/run", {
    topics: ["runs", "checks"],
    done: (launched) => toast(`Queued run ${(launched.run_id ?? "").slice(0, 8)}, which executes the checks.`),
  });
  return (
    <Panel answer={answer} rows={4}>
      {(page) =>
        page.items.length === 0 ? (
          <Empty title="It has no checks">
            <p>A check says after each run whether the data are as they should be:</p>
            <pre>
              <code>{`@dg.asset_check(asset="${assetKey}")\ndef is_not_empty() -> dg.AssetCheckResult: ...`}</code>
            </pre>
          </Empty>
        ) : (
          <div className="asset-tab">
            <div className="asset-tools">
              <Button why={why} isBusy={run.isPending} onPress={() => run.mutate({ body: { asset: assetKey, names: [] } })}>
                Run all checks
              </Button>
            </div>
            <ul className="asset-checks">
              {page.items.map((row) => (
                <li key={row.name} className="asset-check">
                  <Check row={row} isOpen={open === row.name} toggle={() => setOpen(open === row.name ? "" : row.name)} why={why} isBusy={run.isPending} run={() => run.mutate({ body: { asset: assetKey, names: [row.name] } })} />
                </li>
              ))}
            </ul>
          </div>
        )
      }
    </Panel>
  );
}

interface CheckProps {
  row: Row;
  isOpen: boolean;
  toggle: () => void;
  why: string | undefined;
  isBusy: boolean;
  run: () => void;
}

function Check({ row, isOpen, toggle, why, isBusy, run }: CheckProps) {
  const look = stateOfCheck(row.verdict);
  return (
    <>
      <div className="asset-check-head">
        <Status state={look.state} word={look.word} />
        <h2>
          <button type="button" className="asset-open" aria-expanded={isOpen} onClick={toggle}>
            <Name text={row.name} />
          </button>
        </h2>
        {row.is_blocking && <span className="asset-mark" data-tip="What is downstream of the asset waits for it.">blocking</span>}
        {row.newest?.severity && <span className="asset-mark">{row.newest.severity.toLowerCase()}</span>}
        {row.newest && <When at={row.newest.at} />}
        {row.condition && (
          <Link href={`${assetAddress(row.asset, "why")}&of_check=${encodeURIComponent(row.name)}`} aria-label={`why ${row.name} ran or did not`}>
            Why
          </Link>
        )}
        <span className="asset-push">
          <Button isSmall why={why} isBusy={isBusy} label={`Run ${row.name}`} onPress={run}>
            Run
          </Button>
        </span>
      </div>
      {row.newest?.description && <p dir="auto">{row.newest.description}</p>}
      {!row.newest?.description && row.description && (
        <p className="soft" dir="auto">
          {row.description}
        </p>
      )}
      {isOpen && <History asset={row.asset} name={row.name} />}
    </>
  );
}

function History({ asset, name }: { asset: string; name: string }) {
  const pages = usePages("/api/checks/history", { query: { asset, name, limit: 20 } }, { topics: ["checks"] });
  return (
    <Panel answer={{ ...pages, data: pages.data && pages.rows }} rows={3}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty title="It never ran" />
        ) : (
          <>
            <ol className="asset-history">
              {rows.map((each) => (
                <li key={each.id}>
                  <Found found={each} />
                </li>
              ))}
            </ol>
            {pages.hasNextPage && (
              <Button isSmall isBusy={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
                Older
              </Button>
            )}
          </>
        )
      }
    </Panel>
  );
}

function Found({ found }: { found: Execution }) {
  const look = stateOfCheck(found.verdict);
  return (
    <>
      <p className="asset-check-head">
        <Status state={look.state} word={look.word} /> <When at={found.at} /> {found.run_id ? <RunLink id={found.run_id} /> : <span className="soft">reported</span>}
        {found.partition && <bdi className="mono">{found.partition}</bdi>}
        {found.description && <bdi>{found.description}</bdi>}
      </p>
      <Metadata facts={found.metadata} />
    </>
  );
}
