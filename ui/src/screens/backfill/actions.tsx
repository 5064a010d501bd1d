/** What can be done to a backfill; each action asks why, and says what it will do. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { toast } from "../../parts/toast.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { badOf, countOf, isOver } from "../backfills/states.ts";

type Detail = Schemas["BackfillDetail"];
type Which = "pause" | "resume" | "cancel" | "retry" | "limits";

export function BackfillActions({ backfill }: { backfill: Detail }) {
  const [asked, setAsked] = useState<Which | null>(null);
  const whyNot = useWhyNot("operator");
  const { status } = backfill;
  const bad = badOf(backfill);
  const over = isOver(status) ? "It is over." : undefined;
  const going = status === "CANCELING" ? "It is being cancelled." : over;
  const close = () => setAsked(null);
  return (
    <>
      {bad > 0 && (
        <Button kind="primary" why={whyNot ?? (status === "CANCELING" ? "It is being cancelled." : undefined)} onPress={() => setAsked("retry")}>
          Retry failed
        </Button>
      )}
      {status === "PAUSED" ? (
        <Button kind={bad > 0 ? "plain" : "primary"} why={whyNot} onPress={() => setAsked("resume")}>
          Resume
        </Button>
      ) : (
        <Button why={whyNot ?? going} onPress={() => setAsked("pause")}>
          Pause
        </Button>
      )}
      <Button why={whyNot ?? going} onPress={() => setAsked("limits")}>
        Limits
      </Button>
      <Button kind="danger" why={whyNot ?? going} onPress={() => setAsked("cancel")}>
        Cancel
      </Button>
      {asked === "limits" && <LimitsDialog backfill={backfill} onClose={close} />}
      {asked !== null && asked !== "limits" && <WhyDialog key={asked} which={asked} backfill={backfill} onClose={close} />}
    </>
  );
}

const PATHS = {
  pause: "/api/backfills/{backfill_id}/pause",
  resume: "/api/backfills/{backfill_id}/resume",
  cancel: "/api/backfills/{backfill_id}/cancel",
  retry: "/api/backfills/{backfill_id}/retry",
} as const;

function wordsOf(which: keyof typeof PATHS, backfill: Detail): { title: string; about: string; act: string; done: string } {
  const waiting = countOf(backfill, "WAITING");
  const running = countOf(backfill, "RUNNING");
  if (which === "pause")
    return {
      title: "Pause this backfill?",
      about: `${counted(waiting, "run")} will not begin until it is resumed. ${counted(running, "run")} that began will go on.`,
      act: "Pause",
      done: "The backfill is paused.",
    };
  if (which === "resume")
    return { title: "Resume this backfill?", about: `${counted(waiting, "run")} will begin, as far as its limits allow.`, act: "Resume", done: "The backfill goes on." };
  if (which === "cancel")
    return {
      title: "Cancel this backfill?",
      about: `${counted(waiting, "run")} will not begin, and ${counted(running, "run")} that began will be stopped.`,
      act: `Cancel ${counted(waiting + running, "run")}`,
      done: "The backfill is being cancelled.",
    };
  const bad = badOf(backfill);
  return {
    title: "Retry what failed?",
    about: `${counted(bad, "run")} that failed, were cancelled or held up by that will be made again.`,
    act: `Retry ${counted(bad, "run")}`,
    done: "What failed is made again.",
  };
}

function WhyDialog({ which, backfill, onClose }: { which: keyof typeof PATHS; backfill: Detail; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const words = wordsOf(which, backfill);
  const action = useAction("post", PATHS[which], {
    topics: ["backfills", `backfill:${backfill.backfill_id}`, "runs"],
    done: () => {
      toast(words.done);
      onClose();
    },
  });
  return (
    <Dialog
      title={words.title}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Leave it</Button>
          <Button
            kind={which === "cancel" ? "danger" : "primary"}
            isBusy={action.isPending}
            onPress={() => action.mutate({ path: { backfill_id: backfill.backfill_id }, body: { reason } })}
          >
            {words.act}
          </Button>
        </>
      }
    >
      <p>{words.about}</p>
      <TextField label="Reason" value={reason} onChange={setReason} hint="May be left out; stands in its history." hasFocus />
    </Dialog>
  );
}

function LimitsDialog({ backfill, onClose }: { backfill: Detail; onClose: () => void }) {
  const [most, setMost] = useState(String(backfill.max_concurrent_runs ?? ""));
  const [priority, setPriority] = useState(String(backfill.priority ?? ""));
  const [reason, setReason] = useState("");
  const action = useAction("put", "/api/backfills/{backfill_id}/limits", {
    topics: ["backfills", `backfill:${backfill.backfill_id}`, "runs"],
    done: () => {
      toast("The backfill has other limits.");
      onClose();
    },
  });
  const mostWrong = most.trim() !== "" && !/^[1-9]\d{0,5}$/.test(most.trim()) ? "A whole number of at least 1, or nothing." : undefined;
  const priorityWrong = priority.trim() !== "" && !/^-?\d{1,6}$/.test(priority.trim()) ? "A whole number, or nothing." : undefined;
  return (
    <Dialog
      title="Limits of this backfill"
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>Leave them</Button>
          <Button
            kind="primary"
            why={mostWrong ?? priorityWrong}
            isBusy={action.isPending}
            onPress={() =>
              action.mutate({
                path: { backfill_id: backfill.backfill_id },
                body: {
                  max_concurrent_runs: most.trim() ? Number(most) : null,
                  priority: priority.trim() ? Number(priority) : null,
                  reason,
                },
              })
            }
          >
            Set
          </Button>
        </>
      }
    >
      <TextField label="Runs at a time, at most" value={most} onChange={setMost} placeholder="no limit of its own" error={mostWrong} hasFocus />
      <TextField
        label="Priority"
        value={priority}
        onChange={setPriority}
        placeholder="behind all other runs"
        error={priorityWrong}
        hint="Higher goes first. Runs of it that are queued get it at once."
      />
      <TextField label="Reason" value={reason} onChange={setReason} hint="May be left out." />
    </Dialog>
  );
}
