/** A strip of the last results, the oldest first; each mark has shape and colour, and links to what it stands for. */

import { Link } from "wouter";
import { STATES, type State } from "../state/status.tsx";
import "./strip.css";

export interface Mark {
  id: string;
  state: State;
  /** What it stands for, e.g. "run 3fa2, failed, 2h ago". */
  text: string;
  to?: string;
}

export function Strip({ marks, label }: { marks: readonly Mark[]; label: string }) {
  const failed = marks.filter((mark) => mark.state === "failed").length;
  return (
    <span className="strip" role="group" aria-label={`${label}: ${marks.length}, ${failed} failed`}>
      {marks.map((mark) =>
        mark.to === undefined ? (
          <span key={mark.id} className="strip-mark" data-state={mark.state} data-tip={mark.text} />
        ) : (
          <Link key={mark.id} href={mark.to} className="strip-mark" data-state={mark.state} data-tip={mark.text} aria-label={mark.text} tabIndex={-1}>
            <span className="visually-hidden">{STATES[mark.state].word}</span>
          </Link>
        ),
      )}
    </span>
  );
}
