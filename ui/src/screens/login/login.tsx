/** Logging in, where the server can be reached from elsewhere. */

import { useState, type FormEvent } from "react";
import { useAction, useAnswer } from "../../api/hooks.ts";
import { TextField } from "../../parts/field.tsx";
import { Page } from "../../parts/page.tsx";
import { useParam } from "../../parts/url.ts";
import "./login.css";

export default function Login() {
  const who = useAnswer("/api/session", {});
  const [back] = useParam("back", "/");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const login = useAction("post", "/api/session", {
    // A whole new page: what was shown to nobody, or to somebody else, is forgotten.
    done: () => location.assign(ownAddress(back)),
    failed: ({ detail }) => {
      setProblem(detail);
      setPassword("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem("");
    if (!login.isPending) login.mutate({ body: { name, password } });
  };
  return (
    <Page title="Log in">
      {who.data?.is_known && (
        <p className="soft">
          You are {who.data.name} ({who.data.role}) already. <a href={ownAddress(back)}>Go on</a>, or log in as somebody else.
        </p>
      )}
      {who.data && !who.data.has_login && (
        <p className="soft">
          Nobody can log in yet. On the server’s machine, <code>watchbell user add NAME --role admin</code> adds a user.
        </p>
      )}
      {who.data?.has_login !== false && (
        <>
          <form className="login" onSubmit={submit} aria-label="log in">
            <TextField label="Name" value={name} onChange={setName} autoComplete="username" isRequired />
            <TextField label="Password" value={password} onChange={setPassword} type="password" autoComplete="current-password" isRequired />
            <p className="login-problem" role="alert">
              {problem}
            </p>
            <button type="submit" className="button button-primary" aria-busy={login.isPending || undefined}>
              Log in
            </button>
          </form>
          <p className="soft">
            Forgotten? Whoever looks after this server gives you a new one: <code>watchbell user passwd NAME</code>
          </p>
        </>
      )}
    </Page>
  );
}

/** An address of ours to go back to; anything else leads to the start, as a link from elsewhere could name any. */
function ownAddress(text: string): string {
  const url = new URL(text, location.origin);
  return url.origin === location.origin && url.pathname !== "/login" ? url.pathname + url.search + url.hash : "/";
}
