/** What becomes of the times a schedule missed while it was off or paused: asked when it goes on. */

import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { Panel } from "../../parts/panel.tsx";
import { counted } from "../../text/number.ts";
import type { CatchUp } from "./acts.tsx";
import type { Row } from "./place.ts";

type Missed = Schemas["MissedShape"];

interface Props {
  name: string;
  missed: Missed;
  /** What it does then: "resume" after a pause, "on" if it was off. */
  act: "on" | "resume";
  onClose: () => void;
  onPick: (catchUp: CatchUp) => void;
}

/** Asks which of the missed times run. */
export function MissedDialog({ name, missed, act, onClose, onPick }: Props) {
  return (
    <Dialog title={`${name} missed ${missed.is_more ? "more than " : ""}${counted(missed.count, "time")}`} onClose={onClose}>
      <Choices missed={missed} act={act} onPick={onPick} />
    </Dialog>
  );
}

/** The same for a row of the list, which says only that there are some: how many is asked first. */
export function RowMissedDialog({ row, onClose, onPick }: { row: Row; onClose: () => void; onPick: (catchUp: CatchUp | null) => void }) {
  const path = { kind: row.kind, location: row.location, name: row.name };
  const answer = useAnswer("/api/automations/{kind}/{location}/{name}", { path });
  const missed = answer.data?.missed;
  return (
    <Dialog title={missed ? `${row.name} missed ${missed.is_more ? "more than " : ""}${counted(missed.count, "time")}` : `Turn on ${row.name}`} onClose={onClose}>
      <Panel answer={answer} rows={3}>
        {(detail) =>
          detail.missed === null ? (
            <Button kind="primary" onPress={() => onPick(null)}>
              Turn it on
            </Button>
          ) : (
            <Choices missed={detail.missed} act={row.paused_until === null ? "on" : "resume"} onPick={onPick} />
          )
        }
      </Panel>
    </Dialog>
  );
}

function Choices({ missed, act, onPick }: Pick<Props, "missed" | "act" | "onPick">) {
  const all = missed.is_more ? `more than ${missed.count}` : String(missed.count);
  const isAll = missed.by_policy === missed.count && !missed.is_more;
  const never = missed.by_policy === 0;
  return (
    <>
      <p>
        {act === "on" ? "They passed while it was off. Which of them shall run now?" : "Which of them shall run now? What does not run is written down as missed."}
      </p>
      <div className="automation-choices">
        <Button kind={act === "on" ? "primary" : "plain"} onPress={() => onPick("none")}>
          None of them
        </Button>
        <Button onPress={() => onPick("latest")} why={never ? "Its catch-up policy is “none”: late times never run. A backfill of the schedule runs them." : undefined}>
          The latest
        </Button>
        {missed.by_policy !== 1 && (
          <Button kind={act === "on" ? "plain" : "primary"} onPress={() => onPick("policy")} why={never ? "Its catch-up policy is “none”." : undefined}>
            {isAll ? `All ${all}` : `The newest ${missed.by_policy} of ${all}, as its catch-up policy says`}
          </Button>
        )}
      </div>
    </>
  );
}
