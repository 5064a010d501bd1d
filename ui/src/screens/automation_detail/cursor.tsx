/** The cursor of a sensor: whole, with what it means; edited, compared, stored, taken back. */

import { useState } from "react";
import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { TextField } from "../../parts/field.tsx";
import { toast } from "../../parts/toast.tsx";
import { useWhyNot } from "../../state/caller.ts";
import { counted } from "../../text/number.ts";
import { idOf } from "../automation/place.ts";
import type { Place } from "./automation_detail.tsx";
import { CursorChange } from "./diff.tsx";

type Shape = Schemas["CursorShape"];

/** Stores a cursor over the one that was seen; afterwards it can be taken back. */
function useSetCursor(place: Place) {
  const path = { location: place.location, name: place.name };
  const send = useAction("put", "/api/automations/sensor/{location}/{name}/cursor", {
    topics: [`automation:${idOf(place)}`, "automations"],
    failed: (problem) => {
      const now = problem.extra["cursor"];
      const more = problem.code === "cursor-moved" ? ` It is now: ${typeof now === "string" ? now.slice(0, 200) : "none"}` : "";
      toast(`${problem.detail}.${more}`, { kind: "failed" });
    },
  });
  const set = (cursor: string | null, expected: string | null, reason: string, done?: () => void) =>
    send.mutate(
      { path, body: { cursor, expected, reason } },
      {
        onSuccess: () => {
          done?.();
          toast(`The cursor of ${place.name} is changed.`, { undo: () => set(expected, cursor, "undone") });
        },
      },
    );
  return { set, isBusy: send.isPending };
}

export function Cursor({ place, cursor }: { place: Place; cursor: Shape }) {
  const [isEditing, setEditing] = useState(false);
  const [isForgetting, setForgetting] = useState(false);
  const role = useWhyNot("operator");
  const { set, isBusy } = useSetCursor(place);
  return (
    <section className="cursor" aria-label="cursor">
      <div className="cursor-actions">
        <Button kind="primary" why={role ?? (cursor.why_fixed === null ? undefined : `It cannot be set: ${cursor.why_fixed}.`)} onPress={() => setEditing(true)}>
          Edit…
        </Button>
        <Button why={role ?? (cursor.text === null ? "There is none." : undefined)} isBusy={isBusy} onPress={() => setForgetting(true)}>
          Forget…
        </Button>
        {cursor.text !== null && <Copy text={cursor.text} what="cursor" />}
      </div>
      {cursor.meaning.map((line) => (
        <p key={line}>
          <bdi>{line}</bdi>
        </p>
      ))}
      {cursor.text === null ? (
        <p className="soft">There is no cursor: the sensor is given none at its next evaluation.</p>
      ) : (
        <div className="cursor-text mono" role="region" tabIndex={0} aria-label="the cursor, whole">
          {cursor.text}
        </div>
      )}
      {isEditing && <Editor place={place} cursor={cursor} onClose={() => setEditing(false)} />}
      {isForgetting && (
        <Dialog
          title={`Forget the cursor of ${place.name}`}
          onClose={() => setForgetting(false)}
          actions={
            <Button kind="danger" isBusy={isBusy} onPress={() => set(null, cursor.text, "", () => setForgetting(false))}>
              Forget it
            </Button>
          }
        >
          <p>The sensor begins anew, as if it had never been evaluated. What it asked for before may be asked for again; run keys that had their run make no second one.</p>
        </Dialog>
      )}
    </section>
  );
}

function Editor({ place, cursor, onClose }: { place: Place; cursor: Shape; onClose: () => void }) {
  // What was shown when the editor opened: the sensor may move on meanwhile, and its own progress is not overwritten.
  const [seen] = useState(cursor.text);
  const [text, setText] = useState(cursor.text ?? "");
  const [reason, setReason] = useState("");
  const { set, isBusy } = useSetCursor(place);
  const hasMoved = cursor.text !== seen;
  return (
    <Dialog
      title={`Cursor of ${place.name}`}
      onClose={onClose}
      isWide
      actions={
        <Button kind="primary" isBusy={isBusy} why={text === (seen ?? "") ? "Nothing is changed." : undefined} onPress={() => set(text, seen, reason, onClose)}>
          Store
        </Button>
      }
    >
      {hasMoved && (
        <p className="detail-halt" role="alert">
          The sensor has moved its cursor since this was opened; storing will be refused. Close, and open it again.
        </p>
      )}
      <TextField label="Cursor" value={text} onChange={setText} isMono lines={8} hint={counted(text.length, "character")} />
      <h3>What changes</h3>
      <CursorChange before={seen} after={text} />
      <TextField label="Why (stands in the audit log)" value={reason} onChange={setReason} />
    </Dialog>
  );
}
