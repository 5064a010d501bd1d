/** One's own account: who one is here, the password, the browsers that are logged in, one's tokens. */

import { useState } from "react";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Facts } from "../../parts/facts.tsx";
import { TextField } from "../../parts/field.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { counted } from "../../text/number.ts";
import { Tokens } from "./tokens.tsx";
import "./account.css";

const HOW: Record<string, string> = {
  local: "at this machine, without login",
  session: "logged in",
  token: "by a token",
};
const LEAST = 10;

export default function Account() {
  const who = useAnswer("/api/session", {}, { topics: ["audit"] });
  const [isChanging, setChanging] = useState(false);
  const leave = useAction("delete", "/api/session", { done: () => location.assign("/login") });
  const isUser = who.data?.how === "session";
  return (
    <Page
      title="Your account"
      actions={
        isUser && (
          <>
            <Button onPress={() => setChanging(true)}>Change password</Button>
            <Button isBusy={leave.isPending} onPress={() => leave.mutate({})}>
              Log out
            </Button>
          </>
        )
      }
    >
      <Panel answer={who} rows={3}>
        {(me) => <Facts items={[["Name", me.name], ["Role", me.role], ["How", HOW[me.how ?? ""]]]} />}
      </Panel>
      {isUser && <Sessions />}
      <Tokens title="Your tokens" isOwn />
      {isChanging && <ChangePassword onClose={() => setChanging(false)} />}
    </Page>
  );
}

function Sessions() {
  const answer = useAnswer("/api/sessions", {}, { topics: ["audit"] });
  const options = { topics: ["audit"], done: (told: { count: number }) => toast(`Ended ${counted(told.count, "session")}.`) };
  const one = useAction("delete", "/api/sessions/{session_id}", options);
  const others = useAction("delete", "/api/sessions", options);
  const hasOthers = answer.data?.items.some((each) => !each.is_this) ?? false;
  return (
    <Panel
      title="Browsers that are logged in"
      answer={answer}
      actions={
        <Button why={hasOthers ? undefined : "There are no others."} isBusy={others.isPending} onPress={() => others.mutate({})}>
          Log out the others
        </Button>
      }
    >
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="None" />
        ) : (
          <SessionTable rows={items} end={(id) => one.mutate({ path: { session_id: id } })} />
        )
      }
    </Panel>
  );
}

function SessionTable({ rows, end }: { rows: readonly Schemas["SessionRow"][]; end: (id: number) => void }) {
  return (
    <div className="account-scroll" tabIndex={0} role="region" aria-label="Browsers that are logged in, the newest first">
      <table className="account-table">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">Since</th>
            <th scope="col">Last used</th>
            <th scope="col">Ends</th>
            <th scope="col">
              <span className="visually-hidden">End</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <th scope="row">
                <bdi>{row.client}</bdi> {row.is_this && <strong>(this one)</strong>}
              </th>
              <td>
                <When at={row.created_at} />
              </td>
              <td>
                <When at={row.seen_at} />
              </td>
              <td>
                <When at={row.expires_at} />
              </td>
              <td>
                <Button
                  isSmall
                  why={row.is_this ? "This is the one you use: Log out ends it." : undefined}
                  label={`End the session from ${row.client}`}
                  onPress={() => end(row.id)}
                >
                  End
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ChangePassword({ onClose }: { onClose: () => void }) {
  const [before, setBefore] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState("");
  const change = useAction("put", "/api/session/password", {
    done: () => {
      toast("Your password is changed. Other browsers are logged out.");
      onClose();
    },
    failed: ({ detail }) => setProblem(detail),
  });
  const why = next.length < LEAST ? `A password has ${LEAST} characters at least.` : next !== again ? "The two new ones differ." : undefined;
  return (
    <Dialog
      title="Change your password"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button
            kind="primary"
            why={why}
            isBusy={change.isPending}
            onPress={() => change.mutate({ body: { old_password: before, new_password: next } })}
          >
            Change
          </Button>
        </>
      }
    >
      <div className="account-form">
        <TextField label="Password until now" type="password" autoComplete="current-password" value={before} onChange={setBefore} error={problem || undefined} />
        <TextField label="New password" type="password" autoComplete="new-password" value={next} onChange={setNext} hint={`${LEAST} characters or more; a few words are good.`} />
        <TextField label="New password again" type="password" autoComplete="new-password" value={again} onChange={setAgain} />
      </div>
    </Dialog>
  );
}
