/** What can be done with a run: run again (from the failure, steps, another config), cancel, force, delete, tags. */

import { useState } from "react";
import { useLocation } from "wouter";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Menu } from "../../parts/menu.tsx";
import { toast } from "../../parts/toast.tsx";
import { useHashParam } from "../../parts/url.ts";
import { useNow } from "../../parts/when.tsx";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { useShortcuts } from "../../state/shortcuts.ts";

type Detail = Schemas["RunDetail"];
type Again = Schemas["ReexecuteAsked"];
type Asking = "cancel" | "delete" | "config" | "tags";

const OVER = ["SUCCESS", "FAILURE", "CANCELED"];
const FORCE_AFTER_MS = 10_000;
const NOTHING_ELSE: Again = { from_failure: false, tags: {}, without_tags: [], reason: "" };

export function RunActions({ run }: { run: Detail }) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const [step] = useHashParam("step");
  const [, go] = useLocation();
  const now = useNow();
  const topics = [`run:${run.run_id}`, "runs", "queue"];
  const again = useAction("post", "/api/runs/{run_id}/reexecute", {
    topics,
    done: (answer) => {
      toast(answer.text);
      setAsking(null);
      go(`/runs/${answer.run_id}`);
    },
  });
  const stop = useAction("post", "/api/runs/{run_id}/cancel", {
    topics,
    done: (answer) => {
      toast(answer.text);
      setAsking(null);
    },
  });
  const isOver = OVER.includes(run.status);
  const whyNot = useWhyNot("operator");
  const whyNotDelete = useWhyNot("admin") ?? (isOver ? undefined : "The run is not over; cancel it first.");
  const whyNotAgain = whyNot ?? (isOver ? undefined : "The run is not over.");
  const path = { run_id: run.run_id };
  const launchpad = launchpadOf(run);
  const execute = (asked: Partial<Again>) => again.mutate({ path, body: { ...NOTHING_ELSE, ...asked } });
  const isFailed = run.status === "FAILURE";
  const isCut = run.status === "CANCELED"; // what it had not done yet can be done, but nothing is broken
  useShortcuts([
    {
      keys: "r",
      about: isFailed ? "run again from the failure" : "run again",
      act: () => {
        if (whyNotAgain === undefined && !again.isPending) execute({ from_failure: isFailed });
      },
    },
  ]);
  const isRunning = !isOver && run.status !== "CANCELING";
  const offer = (title: string, asked: Partial<Again>) => ({ title, why: whyNotAgain, act: () => again.isPending || execute(asked) });
  useActions([
    ...(isFailed ? [offer("run again from the failure", { from_failure: true })] : []),
    ...(isCut ? [offer("run the rest", { from_failure: true })] : []),
    offer(isFailed ? "run all again" : "run again", {}),
    ...(isRunning ? [{ title: "cancel this run", why: whyNot, act: () => setAsking("cancel") }] : []),
  ]);
  const askedAt = run.asked_to_stop_at === null ? null : new Date(run.asked_to_stop_at).getTime();
  const mayForce = run.can_force || (askedAt !== null && now.getTime() - askedAt >= FORCE_AFTER_MS);
  return (
    <>
      {isFailed && (
        <Button kind="primary" shortcut="r" why={whyNotAgain} isBusy={again.isPending} onPress={() => execute({ from_failure: true })}>
          Run again from failure
        </Button>
      )}
      {isOver && (
        <Button why={whyNotAgain} isBusy={again.isPending} onPress={() => execute({})}>
          {isFailed ? "Run all again" : "Run again"}
        </Button>
      )}
      {isRunning && (
        <Button why={whyNot} onPress={() => setAsking("cancel")}>
          Cancel…
        </Button>
      )}
      {run.status === "CANCELING" && (
        <Button
          kind="danger"
          why={whyNot ?? (mayForce ? undefined : "It has ten seconds to stop by itself.")}
          isBusy={stop.isPending}
          onPress={() => stop.mutate({ path, body: { is_forced: true, reason: "" } })}
        >
          Force
        </Button>
      )}
      <Menu
        label="More"
        items={[
          ...(isCut ? [{ title: "Run what it had not done yet", why: whyNotAgain, onPick: () => execute({ from_failure: true }) }] : []),
          {
            title: step ? `Run step ${step} again` : "Run a step again",
            why: whyNotAgain ?? (step ? undefined : "Choose a step first: click it."),
            onPick: () => execute({ steps: [step] }),
          },
          // The launchpad knows the schema of the job; of one whose location is unknown, or of assets, the config is a text.
          { title: "Run again with another config…", why: whyNotAgain, onPick: () => (launchpad === null ? setAsking("config") : go(launchpad)) },
          { title: "Tags…", why: whyNot, onPick: () => setAsking("tags") },
          { title: "Delete…", why: whyNotDelete, isDanger: true, onPick: () => setAsking("delete") },
        ]}
      />
      {asking === "cancel" && <Cancel isBusy={stop.isPending} onClose={() => setAsking(null)} onPick={(reason) => stop.mutate({ path, body: { is_forced: false, reason } })} />}
      {asking === "delete" && <Delete run={run} onClose={() => setAsking(null)} />}
      {asking === "config" && <OtherConfig run={run} isBusy={again.isPending} onClose={() => setAsking(null)} onPick={(config) => execute({ config })} />}
      {asking === "tags" && <Tags run={run} onClose={() => setAsking(null)} />}
    </>
  );
}

/** Where the config of the run can be changed with help; null: nobody knows where its job is, or it is nobody's by name. */
function launchpadOf(run: Detail): string | null {
  if (run.location === null || run.job.startsWith("__")) return null;
  return `/jobs/${encodeURIComponent(run.location)}/${encodeURIComponent(run.job)}/launch?run=${run.run_id}`;
}

function Cancel({ isBusy, onClose, onPick }: { isBusy: boolean; onClose: () => void; onPick: (reason: string) => void }) {
  const [reason, setReason] = useState("");
  return (
    <Dialog
      title="Cancel this run"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Go on</Button>
          <Button kind="primary" isBusy={isBusy} onPress={() => onPick(reason)}>
            Cancel the run
          </Button>
        </>
      }
    >
      <p>Its process is asked to stop and may clean up. One that still waits never begins.</p>
      <TextField label="Reason (optional)" value={reason} onChange={setReason} />
    </Dialog>
  );
}

function Delete({ run, onClose }: { run: Detail; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [, go] = useLocation();
  const remove = useAction("post", "/api/runs/{run_id}/delete", {
    topics: ["runs"],
    done: (answer) => {
      toast(answer.text);
      go("/runs");
    },
  });
  return (
    <Dialog
      title="Delete 1 run"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Keep it</Button>
          <Button kind="danger" isBusy={remove.isPending} onPress={() => remove.mutate({ path: { run_id: run.run_id }, body: { reason } })}>
            Delete run {run.run_id.slice(0, 8)}
          </Button>
        </>
      }
    >
      <p>The run and its log are forgotten. What it made stays.</p>
      <TextField label="Reason (optional)" value={reason} onChange={setReason} />
    </Dialog>
  );
}

function OtherConfig({ run, isBusy, onClose, onPick }: { run: Detail; isBusy: boolean; onClose: () => void; onPick: (config: Record<string, unknown>) => void }) {
  const [text, setText] = useState(() => JSON.stringify(run.config, null, 2));
  const [config, mistake] = parsed(text);
  return (
    <Dialog
      title="Run again with another config"
      isWide
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Close</Button>
          <Button kind="primary" why={mistake} isBusy={isBusy} onPress={() => config !== null && onPick(config)}>
            Run again
          </Button>
        </>
      }
    >
      <TextField label="Run config (JSON)" value={text} onChange={setText} lines={16} isMono error={mistake} hint="A secret that stays masked is taken from this run." />
    </Dialog>
  );
}

function parsed(text: string): [Record<string, unknown> | null, string | undefined] {
  try {
    const value: unknown = JSON.parse(text || "{}");
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [null, "The config is an object: { … }"];
    return [value as Record<string, unknown>, undefined];
  } catch (error) {
    return [null, error instanceof Error ? error.message : "This is no JSON."];
  }
}

function Tags({ run, onClose }: { run: Detail; onClose: () => void }) {
  const [text, setText] = useState("");
  const change = useAction("patch", "/api/runs/{run_id}", {
    topics: [`run:${run.run_id}`, "runs"],
    done: (answer) => {
      toast(answer.text);
      setText("");
    },
  });
  const at = text.indexOf("=");
  const send = (added: Record<string, string>, removed: string[]) =>
    change.mutate({ path: { run_id: run.run_id }, body: { add_tags: added, remove_tags: removed, reason: "" } });
  const own = Object.entries(run.tags).filter(([key]) => !/^(dagster|watchbell)\//.test(key));
  return (
    <Dialog
      title="Tags"
      onClose={onClose}
      actions={
        <Button kind="primary" isBusy={change.isPending} why={at > 0 ? undefined : "Write key=value."} onPress={() => send({ [text.slice(0, at).trim()]: text.slice(at + 1) }, [])}>
          Add the tag
        </Button>
      }
    >
      <TextField label="New tag" value={text} onChange={setText} hint="key=value" isMono />
      {own.length === 0 ? (
        <p className="soft">It has no tags of yours.</p>
      ) : (
        <ul className="run-taglist">
          {own.map(([key, value]) => (
            <li key={key}>
              <code>
                {key}={value}
              </code>
              <Button isSmall kind="quiet" label={`Take away the tag ${key}`} onPress={() => send({}, [key])}>
                ×
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
