/** Tokens: what programs show instead of a password. A new one is shown once. */

import { useState } from "react";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { CheckField, SelectField, TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { Status } from "../../state/status.tsx";
import { ROLES, roleOf } from "./roles.ts";
import "./account.css";

type Row = Schemas["TokenRow"];

/** All tokens one may see; `isOwn`: those of one's own alone. */
export function Tokens({ title, isOwn = false }: { title: string; isOwn?: boolean }) {
  const answer = useAnswer("/api/tokens", {}, { topics: ["audit"] });
  const who = useAnswer("/api/session", {}, { topics: ["audit"] });
  const [isMaking, setMaking] = useState(false);
  const [ending, setEnding] = useState<Row | null>(null);
  const canMake = who.data?.how !== "token";
  return (
    <Panel
      title={title}
      answer={answer}
      actions={
        <Button why={canMake ? undefined : "A token makes no tokens."} onPress={() => setMaking(true)}>
          Make a token
        </Button>
      }
    >
      {({ items }) => {
        const rows = isOwn ? items.filter((row) => row.user === (who.data?.user ?? null)) : items;
        return (
          <>
            {rows.length === 0 ? (
              <Empty title="There are no tokens">
                <p>
                  A program sends one as <code>Authorization: Bearer wb_…</code>
                </p>
              </Empty>
            ) : (
              <TokenTable rows={rows} revoke={setEnding} />
            )}
            {isMaking && <Make isUser={who.data?.user !== null} onClose={() => setMaking(false)} />}
            {ending && <Revoke token={ending} onClose={() => setEnding(null)} />}
          </>
        );
      }}
    </Panel>
  );
}

function TokenTable({ rows, revoke }: { rows: readonly Row[]; revoke: (row: Row) => void }) {
  return (
    <div className="account-scroll" tabIndex={0} role="region" aria-label="Tokens, the newest first">
      <table className="account-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Role</th>
            <th scope="col">Whose</th>
            <th scope="col">Made</th>
            <th scope="col">Last used</th>
            <th scope="col">Ends</th>
            <th scope="col">
              <span className="visually-hidden">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <Name text={row.name} />
              </th>
              <td>
                {row.is_usable ? <Status state="done" word="usable" /> : <Status state="cancelled" word={row.revoked_at ? "revoked" : "ended"} />}
              </td>
              <td>{row.role}</td>
              <td>{row.user === null ? <span className="soft">nobody’s</span> : <Name text={row.user} />}</td>
              <td>
                <When at={row.created_at} /> by <Name text={row.created_by} />
              </td>
              <td>{row.last_used_at === null ? <span className="soft">never</span> : <When at={row.last_used_at} />}</td>
              <td>{row.expires_at === null ? <span className="soft">never</span> : <When at={row.expires_at} />}</td>
              <td>
                <Button
                  isSmall
                  why={row.revoked_at === null ? undefined : "It is revoked already."}
                  label={`Revoke ${row.name}`}
                  onPress={() => revoke(row)}
                >
                  Revoke
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Make({ isUser, onClose }: { isUser: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [days, setDays] = useState("90");
  const [isMine, setMine] = useState(isUser);
  const [problem, setProblem] = useState("");
  const make = useAction("post", "/api/tokens", { topics: ["audit"], failed: ({ detail }) => setProblem(detail) });
  if (make.data) {
    return (
      <Dialog title={`Token ${make.data.name}`} onClose={onClose} actions={<Button kind="primary" onPress={onClose}>I have it</Button>}>
        <p>Keep it now: it is not shown again.</p>
        <p className="account-secret">
          <code>{make.data.secret}</code> <Copy text={make.data.secret} what="token" />
        </p>
      </Dialog>
    );
  }
  const number = Number(days);
  const isBad = days !== "" && (!Number.isInteger(number) || number < 1 || number > 36_500);
  const why = name.trim() === "" ? "Say what it is for." : isBad ? "Days are a whole number, at least 1." : undefined;
  return (
    <Dialog
      title="Make a token"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="primary"
            why={why}
            isBusy={make.isPending}
            onPress={() => make.mutate({ body: { name: name.trim(), role: roleOf(role), is_own: isMine, expires_in_days: days === "" ? null : number, reason: "" } })}
          >
            Make it
          </Button>
        </>
      }
    >
      <div className="account-form">
        <TextField label="What it is for" value={name} onChange={setName} error={problem || undefined} />
        <SelectField label="Role" value={role} onChange={setRole} choices={ROLES} />
        <TextField label="Ends after days" value={days} onChange={setDays} hint="Empty: never." error={isBad ? "a whole number, at least 1" : undefined} />
        {isUser && <CheckField label="It is mine: it ends with my account" hint="Others only admins can make." value={isMine} onChange={setMine} />}
      </div>
    </Dialog>
  );
}

function Revoke({ token, onClose }: { token: Row; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const revoke = useAction("delete", "/api/tokens/{token_id}", {
    topics: ["audit"],
    done: () => {
      toast(`Token ${token.name} is refused from now on.`);
      onClose();
    },
  });
  return (
    <Dialog
      title={`Revoke ${token.name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Keep it</Button>
          <Button kind="danger" isBusy={revoke.isPending} onPress={() => revoke.mutate({ path: { token_id: token.id }, body: { reason } as never })}>
            Revoke
          </Button>
        </>
      }
    >
      <p>Programs that use it are refused at once, and for ever.</p>
      <TextField label="Reason" value={reason} onChange={setReason} hint="Stands in the audit log." />
    </Dialog>
  );
}
