/** What is done with many, one by one: what waits, what goes on, what came of each. */

import { Link } from "wouter";
import { Status, type State } from "../state/status.tsx";
import { count, counted } from "../text/number.ts";
import { Name } from "./name.tsx";
import "./bulk_items.css";

export type ItemState = "waiting" | "going" | "done" | "skipped" | "failed";

export interface BulkItem {
  id: string;
  state: ItemState;
  /** What will come of it, or came. */
  text: string;
  /** What was made of it. */
  to?: string | undefined;
}

const LOOKS: Record<ItemState, { state: State; word: string }> = {
  waiting: { state: "queued", word: "to be done" },
  going: { state: "running", word: "being done" },
  done: { state: "done", word: "done" },
  skipped: { state: "skipped", word: "left out" },
  failed: { state: "failed", word: "failed" },
};
/** What did not work comes first: that is what is read. */
const ORDER: readonly ItemState[] = ["failed", "skipped", "going", "waiting", "done"];
const SHOWN = 500;

export function BulkItems({ items, noun }: { items: readonly BulkItem[]; noun: string }) {
  const counts = new Map<ItemState, number>();
  for (const { state } of items) counts.set(state, (counts.get(state) ?? 0) + 1);
  const sorted = ORDER.flatMap((state) => items.filter((item) => item.state === state));
  const said = [...ORDER].reverse().flatMap((state) => (counts.has(state) ? [`${count(counts.get(state) ?? 0)} ${LOOKS[state].word}`] : []));
  return (
    <section className="bulk-items" aria-label="one by one">
      <p role="status">
        {counted(items.length, noun)}: {said.join(", ")}.
      </p>
      {(counts.get("going") ?? 0) > 0 && <progress aria-label="how much is done" max={items.length} value={items.length - (counts.get("going") ?? 0) - (counts.get("waiting") ?? 0)} />}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keys */}
      <ul tabIndex={0} aria-label={`${noun}s, one by one`}>
        {sorted.slice(0, SHOWN).map((item) => (
          <li key={item.id} data-state={item.state}>
            <Status state={LOOKS[item.state].state} word={LOOKS[item.state].word} isBare />
            <span>
              <Name text={item.id} most={60} /> <span className={item.state === "failed" ? "field-error" : "soft"}>{item.text}</span>
              {item.to !== undefined && (
                <>
                  {" "}
                  <Link href={item.to}>the run</Link>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      {sorted.length > SHOWN && <p className="soft">and {counted(sorted.length - SHOWN, "more", "more")}</p>}
    </section>
  );
}
