/** Pools: slots that steps share. Who has them, who waits; how many there are can be changed. */

import { useState } from "react";
import { Link } from "wouter";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { count, counted } from "../../text/number.ts";

type Pool = Schemas["PoolShape"];
type Claim = Schemas["PoolClaimShape"];

export function Pools() {
  const answer = useAnswer("/api/pools", {}, { topics: ["queue", "runs"] });
  const why = useWhyNot("admin");
  const [changed, setChanged] = useState<{ pool: string; slots: string } | null>(null);
  return (
    <Panel
      title="Pools"
      answer={answer}
      actions={
        <Button why={why} onPress={() => setChanged({ pool: "", slots: "1" })}>
          Give a pool slots
        </Button>
      }
    >
      {({ items, default_limit }) => (
        <>
          <p className="soft">
            A pool without a limit of its own has {default_limit === null ? "no limit" : counted(default_limit, "slot")}.
          </p>
          {items.length === 0 ? (
            <Empty title="No pool has a limit or is in use">
              <p>Steps share slots of the pool that their op or asset names:</p>
              <pre>
                <code>{'@dg.asset(pool="warehouse")'}</code>
              </pre>
            </Empty>
          ) : (
            <div className="system-scroll" tabIndex={0} role="region" aria-label="Slots of pools">
              <table className="system-table">
                <thead>
                  <tr>
                    <th scope="col">Pool</th>
                    <th scope="col">Slots</th>
                    <th scope="col">Who has one</th>
                    <th scope="col">Who waits</th>
                    <th scope="col">
                      <span className="visually-hidden">Change</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((pool) => (
                    <tr key={pool.pool}>
                      <th scope="row">
                        <Name text={pool.pool} />
                      </th>
                      <td>{slotsText(pool)}</td>
                      <td>
                        <Claims claims={pool.held} />
                      </td>
                      <td>
                        <Claims claims={pool.waiting} />
                      </td>
                      <td>
                        <Button
                          isSmall
                          why={why}
                          label={`Change the slots of ${pool.pool}`}
                          onPress={() => setChanged({ pool: pool.pool, slots: pool.is_default ? "" : String(pool.slots ?? "") })}
                        >
                          Change
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {changed && <Change start={changed} onClose={() => setChanged(null)} />}
        </>
      )}
    </Panel>
  );
}

function slotsText(pool: Pool): string {
  const taken = `${count(pool.held.length)} of ${pool.slots === null ? "any number" : count(pool.slots)}`;
  return pool.is_default ? `${taken} (default)` : taken;
}

function Claims({ claims }: { claims: readonly Claim[] }) {
  if (claims.length === 0) return <span className="soft">nobody</span>;
  return (
    <ul className="system-claims">
      {claims.map((claim) => (
        <li key={`${claim.run_id} ${claim.step}`}>
          <Link href={`/runs/${claim.run_id}`}>
            <Name text={claim.job || claim.run_id.slice(0, 8)} most={24} />
          </Link>{" "}
          {claim.step && <Name text={claim.step} most={24} />} <When at={claim.since} />
        </li>
      ))}
    </ul>
  );
}

function Change({ start, onClose }: { start: { pool: string; slots: string }; onClose: () => void }) {
  const [pool, setPool] = useState(start.pool);
  const [slots, setSlots] = useState(start.slots);
  const [reason, setReason] = useState("");
  const done = (told: { text: string }) => {
    toast(told.text);
    onClose();
  };
  const change = useAction("put", "/api/pools/{pool}", { topics: ["queue"], done });
  const number = Number(slots);
  const isBad = slots !== "" && (!Number.isInteger(number) || number < 0);
  const why = pool === "" ? "Name the pool." : isBad ? "Slots are a whole number, at least 0." : undefined;
  return (
    <Dialog
      title={start.pool ? `Slots of ${start.pool}` : "Give a pool slots"}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="primary"
            why={why}
            isBusy={change.isPending}
            onPress={() => change.mutate({ path: { pool }, body: { slots: slots === "" ? null : number, reason } })}
          >
            Change
          </Button>
        </>
      }
    >
      {start.pool === "" && <TextField label="Pool" value={pool} onChange={setPool} isMono />}
      <TextField
        label="Slots"
        value={slots}
        onChange={setSlots}
        hint="Empty: no limit of its own. 0: nothing of this pool begins."
        error={isBad ? "a whole number, at least 0" : undefined}
      />
      <TextField label="Reason" value={reason} onChange={setReason} hint="Stands in the audit log." />
    </Dialog>
  );
}
