/** What can be done with many runs at once: what would come of it is shown first where something is lost by it. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import type { ProblemError } from "../../api/problem.ts";
import type { Schemas } from "../../api/types.ts";
import { BulkBar } from "../../parts/bulk_bar.tsx";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Failure, Skeleton } from "../../parts/panel.tsx";
import type { Selection } from "../../parts/selection.ts";
import { toast } from "../../parts/toast.tsx";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";

type Asked = Schemas["BulkAsked"];
type Done = Schemas["BulkDone"];
type Action = Asked["action"];

const TITLES: Record<Action, string> = {
  cancel: "Cancel",
  delete: "Delete",
  reexecute: "Run again",
  reexecute_from_failure: "Run again from the failure",
  priority: "Change the priority",
  tags: "Add a tag",
};
const ASKS: readonly Action[] = ["cancel", "delete", "priority", "tags"];

interface Props {
  selection: Selection;
  loaded: number;
  total: { count: number; is_exact: boolean } | null;
  /** Which runs are meant when all that match are. */
  filter: { q: string; tab: "all" | "queued" | "running" | "failed"; zone: string };
}

export function RunsBulk({ selection, loaded, total, filter }: Props) {
  const [action, setAction] = useState<Action | null>(null);
  const whyNot = useWhyNot("operator");
  const whyNotDelete = useWhyNot("admin");
  const meant: Pick<Asked, "run_ids" | "q" | "tab" | "zone"> = selection.isAll
    ? { q: filter.q, tab: filter.tab, zone: filter.zone }
    : { run_ids: [...selection.ids], tab: "all" };
  const number = selection.isAll ? "all runs that match" : counted(selection.ids.size, "selected run");
  const offer = (verb: string, what: Action, why: string | undefined) => ({ title: `${verb} ${number}`, why, act: () => setAction(what) });
  useActions(
    selection.isAll || selection.ids.size > 0
      ? [
          offer("run again from the failure:", "reexecute_from_failure", whyNot),
          offer("run again:", "reexecute", whyNot),
          offer("cancel", "cancel", whyNot),
          offer("change the priority of", "priority", whyNot),
          offer("add a tag to", "tags", whyNot),
          offer("delete", "delete", whyNotDelete),
        ]
      : [],
  );
  return (
    <>
      <BulkBar selection={selection} noun="run" loaded={loaded} total={total}>
        <Button isSmall why={whyNot} onPress={() => setAction("reexecute_from_failure")}>
          Run again from failure
        </Button>
        <Button isSmall why={whyNot} onPress={() => setAction("reexecute")}>
          Run again
        </Button>
        <Button isSmall why={whyNot} onPress={() => setAction("cancel")}>
          Cancel…
        </Button>
        <Menu
          label="More"
          items={[
            { title: "Priority…", why: whyNot, onPick: () => setAction("priority") },
            { title: "Add a tag…", why: whyNot, onPick: () => setAction("tags") },
            { title: "Delete…", why: whyNotDelete, isDanger: true, onPick: () => setAction("delete") },
          ]}
        />
      </BulkBar>
      {action !== null && (
        <BulkDialog
          key={action}
          action={action}
          meant={meant}
          onClose={() => setAction(null)}
          onDone={selection.clear}
        />
      )}
    </>
  );
}

interface DialogProps {
  action: Action;
  meant: Pick<Asked, "run_ids" | "q" | "tab" | "zone">;
  onClose: () => void;
  onDone: () => void;
}

function BulkDialog({ action, meant, onClose, onDone }: DialogProps) {
  const [value, setValue] = useState(action === "priority" ? "10" : "");
  const [reason, setReason] = useState("");
  const [found, setFound] = useState<Done | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const wrong = mistakeIn(action, value);
  const run = useAction("post", "/api/runs/bulk", {
    topics: ["runs", "queue"],
    failed: setProblem,
    done: (answer) => {
      setProblem(null);
      setFound(answer);
      if (answer.is_rehearsal) return;
      onDone();
      if (answer.failed === 0 && answer.skipped === 0) {
        toast(`${TITLES[action]}: ${counted(answer.done, "run")} done.`);
        onClose();
      }
    },
  });
  const send = (isRehearsal: boolean) => {
    if (run.isPending || wrong !== undefined) return;
    run.mutate({ body: { action, ...meant, reason, is_rehearsal: isRehearsal, ...valueOf(action, value) } as Asked });
  };
  const isOver = found !== null && !found.is_rehearsal;
  const number = found?.done ?? meant.run_ids?.length;
  const verb = action === "delete" ? `Delete ${counted(number ?? 0, "run")} and their logs` : `${TITLES[action]}: ${counted(number ?? 0, "run")}`;
  return (
    <Dialog
      title={TITLES[action]}
      onClose={onClose}
      actions={
        isOver ? (
          <Button onPress={onClose}>Close</Button>
        ) : (
          <>
            <Button isBusy={run.isPending} why={wrong} onPress={() => send(true)}>
              Show what will happen
            </Button>
            <Button kind={action === "delete" ? "danger" : "primary"} isBusy={run.isPending} why={wrong} onPress={() => send(false)}>
              {number === undefined ? `${TITLES[action]} all that match` : verb}
            </Button>
          </>
        )
      }
    >
      {!isOver && action === "priority" && (
        <TextField label="Priority" type="number" value={value} onChange={setValue} error={wrong} hint="A higher one goes first; 0 is usual." />
      )}
      {!isOver && action === "tags" && (
        <TextField label="Tag" value={value} onChange={setValue} error={value ? wrong : undefined} hint="key=value" isMono />
      )}
      {!isOver && ASKS.includes(action) && <TextField label="Reason (optional)" value={reason} onChange={setReason} />}
      {run.isPending && <Skeleton rows={3} />}
      {problem !== null && <Failure problem={problem} />}
      {found !== null && <Outcomes found={found} />}
    </Dialog>
  );
}

function mistakeIn(action: Action, value: string): string | undefined {
  if (action === "priority" && !/^-?\d{1,9}$/.test(value.trim())) return "Write a whole number.";
  if (action === "tags" && !/^[^=\s][^=]*=/.test(value)) return "Write key=value.";
  return undefined;
}

function valueOf(action: Action, value: string): Partial<Asked> {
  if (action === "priority") return { priority: Number(value) };
  if (action !== "tags") return {};
  const at = value.indexOf("=");
  return { add_tags: { [value.slice(0, at).trim()]: value.slice(at + 1) } };
}

const SHOWN = 200;
const STATE_OF = { done: "done", skipped: "skipped", failed: "failed" } as const;

function Outcomes({ found }: { found: Done }) {
  const [would, were] = found.is_rehearsal ? ["would be done", "left out"] : ["done", "left out"];
  // What did not work comes first: that is what is read.
  const order = ["failed", "skipped", "done"];
  const items = [...found.items].sort((one, other) => order.indexOf(one.outcome) - order.indexOf(other.outcome));
  return (
    <section aria-label="outcome">
      <p role="status">
        {counted(found.done, "run")} {would}, {found.skipped} {were}, {found.failed} failed
        {found.is_whole ? "." : "; these are the first 10,000."}
      </p>
      <ul className="runs-outcomes">
        {items.slice(0, SHOWN).map((each) => (
          <li key={each.run_id}>
            <Status state={STATE_OF[each.outcome]} isBare /> <span>{each.text}</span>
          </li>
        ))}
      </ul>
      {items.length > SHOWN && <p className="soft">and {items.length - SHOWN} more</p>}
    </section>
  );
}
