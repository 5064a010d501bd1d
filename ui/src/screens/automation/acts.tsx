/** On, off, paused, reset: acting on one automation or on many, with a way back where there is one. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { toast } from "../../parts/toast.tsx";
import { counted } from "../../text/number.ts";
import { absolute, useZone } from "../../text/time.ts";
import { placeOf } from "./place.ts";

export type Act = Schemas["SwitchAsk"]["act"];
type Outcome = Schemas["SwitchOutcome"];
type Place = ReturnType<typeof placeOf>;
export type CatchUp = NonNullable<Schemas["SwitchAsk"]["catch_up"]>;

const TOPICS = ["automations", "ticks", "assets"];
const NAMED_MAX = 20;

/**
 * Turns one on or off; what was done can be undone.
 *
 * @param topics what is old then, besides the lists
 */
export function useSwitch(topics: readonly string[] = []) {
  const send = useAction("post", "/api/automations/{kind}/{location}/{name}/switch", { topics: [...TOPICS, ...topics] });
  const act = (place: Place, body: Partial<Schemas["SwitchAsk"]> & { act: Act }) => {
    send.mutate(
      { path: place, body: { reason: "", ...body } },
      {
        onSuccess: (done) => {
          if (done.outcome === "failed") toast(`${place.name}: ${done.text}`, { kind: "failed" });
          else toast(`${place.kind} ${place.name}: ${done.text}`, undoOf(body.act, done, () => act(place, { act: done.was_on ? "on" : "off" })));
        },
      },
    );
  };
  return { act, isBusy: send.isPending };
}

function undoOf(act: Act, done: Outcome, undo: () => void): { undo?: () => void } {
  const isPlain = (act === "on" || act === "off") && done.outcome === "changed" && done.was_on !== done.is_on;
  return isPlain ? { undo } : {};
}

export interface Bulk {
  /** Which; null: all that fit the filter. */
  ids: readonly string[] | null;
  q: string;
  count: number;
}

const CATCH_UPS = [
  { value: "none", title: "none runs" },
  { value: "latest", title: "the latest of each runs" },
  { value: "policy", title: "those run that each catch-up policy says" },
];

/** How many times all of them missed, and how many of these their policies run. */
function missedText(items: readonly Outcome[]): string {
  const missed = items.flatMap((each) => (each.missed === null ? [] : [each.missed]));
  if (missed.length === 0) return "None of them missed any.";
  const sum = missed.reduce((all, each) => all + each.count, 0);
  const runs = missed.reduce((all, each) => all + each.by_policy, 0);
  const more = missed.some((each) => each.is_more) ? "more than " : "";
  return `${counted(missed.length, "schedule")} missed ${more}${counted(sum, "time")}; by their policies ${runs} would run.`;
}

const WORDS: Record<"on" | "off" | "code" | "pause", string> = {
  on: "turn on",
  off: "turn off",
  code: "reset to the code",
  pause: "pause",
};

/** What would happen to many, one by one, before it does; and afterwards what did. */
export function BulkDialog({ act, bulk, onClose, onDone }: { act: "on" | "off" | "code"; bulk: Bulk; onClose: () => void; onDone: () => void }) {
  const [catchUp, setCatchUp] = useState("none");
  const [told, setTold] = useState<Schemas["SwitchManyAnswer"] | null>(null);
  const [isOver, setOver] = useState(false);
  const send = useAction("post", "/api/automations/switch", { topics: TOPICS });
  const body = {
    act,
    reason: "",
    catch_up: act === "on" ? (catchUp as CatchUp) : null,
    items: bulk.ids === null ? null : bulk.ids.map(placeOf),
    q: bulk.q,
  };
  const ask = (dry_run: boolean) =>
    send.mutate(
      { body: { ...body, dry_run } },
      {
        onSuccess: (answer) => {
          setTold(answer);
          if (!dry_run) {
            setOver(true);
            onDone();
          }
        },
      },
    );
  const doIt = (
    <Button kind="primary" isBusy={send.isPending} onPress={() => ask(false)}>
      {told === null ? `${capital(WORDS[act])} ${counted(bulk.count, "automation")}` : `${capital(WORDS[act])} ${counted(told.changed, "automation")}`}
    </Button>
  );
  return (
    <Dialog
      title={isOver ? "Done" : `${capital(WORDS[act])} ${counted(bulk.count, "automation")}`}
      onClose={onClose}
      isWide
      actions={
        isOver ? (
          <Button onPress={onClose}>Close</Button>
        ) : (
          <>
            <Button isBusy={send.isPending} onPress={() => ask(true)}>
              Dry run
            </Button>
            {doIt}
          </>
        )
      }
    >
      {act === "on" && !isOver && (
        <SelectField
          label="Times that schedules missed while they were off or paused"
          value={catchUp}
          onChange={setCatchUp}
          choices={CATCH_UPS}
          hint={told === null ? "A dry run counts them." : missedText(told.items)}
        />
      )}
      {told === null ? (
        <>
          <p>A dry run lists what would happen to each, and changes nothing.</p>
          {bulk.ids !== null && bulk.ids.length > 0 && (
            <ul className="automation-outcomes" aria-label="which are meant">
              {bulk.ids.slice(0, NAMED_MAX).map((id) => (
                <li key={id}>
                  <bdi>{placeOf(id).name}</bdi> <span className="soft">{placeOf(id).kind}</span>
                </li>
              ))}
              {bulk.ids.length > NAMED_MAX && <li className="soft">… and {counted(bulk.ids.length - NAMED_MAX, "more", "more")}</li>}
            </ul>
          )}
        </>
      ) : (
        <>
          <p role="status">
            {isOver ? "" : "Would be: "}
            {counted(told.changed, "automation")} changed, {told.unchanged} unchanged, {told.failed} failed.
          </p>
          <ul className="automation-outcomes">
            {told.items.slice(0, 500).map((each) => (
              <li key={`${each.kind} ${each.location} ${each.name}`} data-failed={each.outcome === "failed" || undefined}>
                <bdi>{each.name}</bdi>{" "}
                <span className="soft">
                  {each.text}
                  {each.missed !== null && `, missed ${each.missed.is_more ? "more than " : ""}${counted(each.missed.count, "time")}`}
                </span>
              </li>
            ))}
          </ul>
          {told.items.length > 500 && <p className="soft">… and {counted(told.items.length - 500, "more", "more")}</p>}
        </>
      )}
    </Dialog>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SPANS = [
  { value: "1", title: "1 hour" },
  { value: "4", title: "4 hours" },
  { value: "12", title: "12 hours" },
  { value: "24", title: "1 day" },
  { value: "72", title: "3 days" },
  { value: "168", title: "1 week" },
  { value: "", title: "another time…" },
];
const HOUR_MS = 3_600_000;

/** Asks until when, and why; pauses one or many. */
export function PauseDialog({ bulk, onClose, onDone }: { bulk: Bulk; onClose: () => void; onDone: () => void }) {
  const [hours, setHours] = useState("4");
  const [time, setTime] = useState("");
  const [reason, setReason] = useState("");
  const [now] = useState(() => Date.now());
  const zone = useZone();
  const until = hours === "" ? (time === "" ? null : new Date(time)) : new Date(now + Number(hours) * HOUR_MS);
  const send = useAction("post", "/api/automations/switch", { topics: TOPICS });
  const mistake = hours === "" && (until === null || until.getTime() <= now) ? "Give a time that is to come." : undefined;
  const pause = () => {
    if (until === null) return;
    const items = bulk.ids === null ? null : bulk.ids.map(placeOf);
    send.mutate(
      { body: { act: "pause", until: until.toISOString(), reason, items, q: bulk.q, dry_run: false } },
      {
        onSuccess: (answer) => {
          const lost = answer.items.find((each) => each.outcome !== "changed");
          toast(
            lost === undefined ? `Paused ${counted(answer.changed, "automation")}.` : `Paused ${answer.changed} of ${answer.items.length}; ${lost.name}: ${lost.text}`,
            { kind: answer.failed > 0 ? "failed" : "done" },
          );
          onDone();
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      title={`Pause ${counted(bulk.count, "automation")}`}
      onClose={onClose}
      actions={
        <Button kind="primary" isBusy={send.isPending} why={mistake} onPress={pause}>
          Pause
        </Button>
      }
    >
      <SelectField label="For" value={hours} onChange={setHours} choices={SPANS} />
      {hours === "" && <TextField label="Until (your browser’s time)" type="datetime-local" value={time} onChange={setTime} error={mistake} />}
      {until !== null && !Number.isNaN(until.getTime()) && <p className="soft">Until {absolute(until, zone)}. Then it goes on by itself; missed times follow its catch-up policy.</p>}
      <TextField label="Why (stands beside it, and in the audit log)" value={reason} onChange={setReason} />
    </Dialog>
  );
}
