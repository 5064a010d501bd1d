/** A backfill from nothing: an asset or a job that has partitions is chosen, then the dialog asks the rest. */

import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import { usePages } from "../../api/hooks.ts";
import { Button } from "../../parts/button.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { SelectField, TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";

const BackfillDialog = lazy(async () => ({ default: (await import("./backfill_dialog.tsx")).BackfillDialog }));
const SHOWN = 50;
const KINDS = [
  { value: "asset", title: "an asset" },
  { value: "job", title: "a job" },
];

interface Target {
  name: string;
  location: string;
  isJob: boolean;
}

/** The button, and what it opens. */
export function NewBackfill() {
  const [isChoosing, setChoosing] = useState(false);
  const [target, setTarget] = useState<Target | null>(null);
  const why = useWhyNot("operator");
  useActions([{ title: "new backfill", why, act: () => setChoosing(true) }]);
  const close = () => setTarget(null);
  return (
    <>
      <Button kind="primary" why={why} onPress={() => setChoosing(true)}>
        New backfill
      </Button>
      {isChoosing && (
        <Choose
          onClose={() => setChoosing(false)}
          onPick={(picked) => {
            setChoosing(false);
            setTarget(picked);
          }}
        />
      )}
      {target !== null && (
        <Suspense fallback={null}>
          <BackfillDialog location={target.location} {...(target.isJob ? { job: target.name } : { assets: [target.name] })} partitions="" onClose={close} />
        </Suspense>
      )}
    </>
  );
}

function Choose({ onClose, onPick }: { onClose: () => void; onPick: (target: Target) => void }) {
  const [kind, setKind] = useState("asset");
  const [text, setText] = useState("");
  const word = text.trim().replaceAll(/[\s":]+/g, " ").trim();
  return (
    <Dialog title="New backfill" onClose={onClose}>
      <div className="backfill-choose">
        <SelectField label="Of" value={kind} onChange={setKind} choices={KINDS} />
        <TextField label="Name" value={text} onChange={setText} placeholder="a part of its name" hasFocus />
      </div>
      {kind === "asset" ? <Assets word={word} onPick={onPick} /> : <Jobs word={word} onPick={onPick} />}
      <p className="soft">
        Of several assets at once: select them in the <Link href="/assets?q=partitions:yes">catalog</Link>.
      </p>
    </Dialog>
  );
}

function Assets({ word, onPick }: { word: string; onPick: (target: Target) => void }) {
  const pages = usePages("/api/assets", { query: { q: `partitions:yes ${word}`.trim(), limit: SHOWN } }, { topics: ["locations"], keepsBefore: true });
  const targets = pages.rows.map((row) => ({ name: row.key, location: row.location, isJob: false }));
  return <Targets answer={{ ...pages, data: pages.data && targets }} none="No asset with partitions has a name like that." onPick={onPick} />;
}

function Jobs({ word, onPick }: { word: string; onPick: (target: Target) => void }) {
  const pages = usePages("/api/jobs", { query: { q: word || undefined, sort: "name", limit: 500 } } as never, { topics: ["locations"], keepsBefore: true });
  const targets = pages.rows.filter((row) => row.partitions !== null).map((row) => ({ name: row.name, location: row.location, isJob: true }));
  return <Targets answer={{ ...pages, data: pages.data && targets }} none="No job with partitions has a name like that." onPick={onPick} />;
}

function Targets({ answer, none, onPick }: { answer: Parameters<typeof Panel<Target[]>>[0]["answer"]; none: string; onPick: (target: Target) => void }) {
  return (
    <Panel answer={answer} rows={4}>
      {(targets) =>
        targets.length === 0 ? (
          <p className="soft">{none}</p>
        ) : (
          <ul className="backfill-targets" aria-label="what has partitions">
            {targets.slice(0, SHOWN).map((each) => (
              <li key={`${each.location} ${each.name}`}>
                <button type="button" className="backfill-target" onClick={() => onPick(each)}>
                  <Name text={each.name} /> <span className="soft">{each.location}</span>
                </button>
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}
