/** Users and tokens, for admins. */

import { useState } from "react";
import { useAction, useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { ROLES, roleOf } from "../account/roles.ts";
import { Tokens } from "../account/tokens.tsx";

type User = Schemas["UserRow"];
const LEAST = 10;

export function Accounts() {
  return (
    <>
      <Users />
      <Tokens title="Tokens" />
    </>
  );
}

function Users() {
  const answer = useAnswer("/api/users", {}, { topics: ["audit"] });
  const why = useWhyNot("admin");
  const [isAdding, setAdding] = useState(false);
  const [changed, setChanged] = useState<User | null>(null);
  return (
    <Panel
      title="Users"
      answer={answer}
      actions={
        <Button why={why} onPress={() => setAdding(true)}>
          Add a user
        </Button>
      }
    >
      {({ items }) => (
        <>
          {items.length === 0 ? (
            <Empty title="There are no users">
              <p>Whoever sits at the server’s machine needs none. Others can reach the server once there is one.</p>
            </Empty>
          ) : (
            <UserTable rows={items} why={why} change={setChanged} />
          )}
          {isAdding && <Add onClose={() => setAdding(false)} />}
          {changed && <Change user={changed} onClose={() => setChanged(null)} />}
        </>
      )}
    </Panel>
  );
}

function UserTable({ rows, why, change }: { rows: readonly User[]; why: string | undefined; change: (user: User) => void }) {
  return (
    <div className="account-scroll" tabIndex={0} role="region" aria-label="Users, by name">
      <table className="account-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Role</th>
            <th scope="col">Added</th>
            <th scope="col">Logged in</th>
            <th scope="col">Last seen</th>
            <th scope="col">
              <span className="visually-hidden">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((user) => (
            <tr key={user.name}>
              <th scope="row">
                <Name text={user.name} />
              </th>
              <td>
                {user.disabled_at === null ? <Status state="done" word="can log in" /> : <Status state="cancelled" word="disabled" />}{" "}
                <When at={user.disabled_at} />
              </td>
              <td>{user.role}</td>
              <td>
                <When at={user.created_at} />
              </td>
              <td>{user.session_count === 0 ? <span className="soft">nowhere</span> : counted(user.session_count, "browser")}</td>
              <td>{user.seen_at === null ? <span className="soft">not lately</span> : <When at={user.seen_at} />}</td>
              <td>
                <Button isSmall why={why} label={`Change ${user.name}`} onPress={() => change(user)}>
                  Change
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const add = useAction("post", "/api/users", {
    topics: ["audit"],
    done: (user) => {
      toast(`${user.name} can log in, as ${user.role}.`);
      onClose();
    },
    failed: ({ detail }) => setProblem(detail),
  });
  const why = name.trim() === "" ? "Give a name." : password.length < LEAST ? `A password has ${LEAST} characters at least.` : undefined;
  return (
    <Dialog
      title="Add a user"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" why={why} isBusy={add.isPending} onPress={() => add.mutate({ body: { name, role: roleOf(role), password, reason: "" } })}>
            Add
          </Button>
        </>
      }
    >
      <div className="account-form">
        <TextField label="Name" value={name} onChange={setName} hint="Small letters, digits and . _ @ + -" error={problem || undefined} />
        <SelectField label="Role" value={role} onChange={setRole} choices={ROLES} />
        <TextField label="First password" type="password" autoComplete="new-password" value={password} onChange={setPassword} hint={`${LEAST} characters or more; the user can change it.`} />
      </div>
    </Dialog>
  );
}

function Change({ user, onClose }: { user: User; onClose: () => void }) {
  const [role, setRole] = useState<string>(user.role);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const isDisabled = user.disabled_at !== null;
  const change = useAction("put", "/api/users/{name}", {
    topics: ["audit"],
    done: () => {
      toast(`${user.name} is changed; it holds from now on.`);
      onClose();
    },
    failed: ({ detail }) => setProblem(detail),
  });
  const path = { name: user.name };
  return (
    <Dialog
      title={`Change ${user.name}`}
      onClose={onClose}
      actions={
        <>
          <Button kind={isDisabled ? "plain" : "danger"} isBusy={change.isPending} onPress={() => change.mutate({ path, body: { is_disabled: !isDisabled, reason } })}>
            {isDisabled ? "Let in again" : "Keep out"}
          </Button>
          <Button
            kind="primary"
            why={role === user.role ? "The role is the same." : undefined}
            isBusy={change.isPending}
            onPress={() => change.mutate({ path, body: { role: roleOf(role), reason } })}
          >
            Give this role
          </Button>
        </>
      }
    >
      <div className="account-form">
        <SelectField label="Role" value={role} onChange={setRole} choices={ROLES} error={problem || undefined} />
        <TextField label="Reason" value={reason} onChange={setReason} hint="Stands in the audit log." />
      </div>
      {!isDisabled && <p className="soft">Who is kept out is logged out everywhere, and their tokens are refused.</p>}
    </Dialog>
  );
}
