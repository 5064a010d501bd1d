/** What user code raised: the innermost error first, the user's own frames with their lines, those of libraries folded. */

import { useId, useState, type ReactNode } from "react";
import type { Schemas } from "../api/types.ts";
import { counted } from "../text/number.ts";
import { Button } from "./button.tsx";
import { CodeAddress } from "./code_link.tsx";
import { copy } from "./copy.tsx";
import "./error_card.css";

type Raised = Schemas["ErrorShape"];
type Frame = Schemas["FrameShape"];

interface Props {
  error: Raised;
  /** What it was, e.g. "Step parse failed"; links are welcome. */
  title: ReactNode;
  /** Said of it in plain text, for the copy. */
  about: string;
  /** Beside the copy button. */
  actions?: ReactNode;
  /** For the key `e`: takes the focus. */
  isFocusable?: boolean;
}

/** A raised error as a card. */
export function ErrorCard({ error, title, about, actions, isFocusable = false }: Props) {
  const id = useId();
  return (
    <article className="error-card" aria-labelledby={id} tabIndex={isFocusable ? -1 : undefined} data-error-card={isFocusable || undefined}>
      <header className="error-card-head">
        <h2 id={id} className="error-card-title">
          <span aria-hidden="true">✕ </span>
          {title}
        </h2>
        <span className="error-card-tools">
          {actions}
          <Button isSmall onPress={() => void copy(`${about}\n\n${error.text}`, "error")}>
            Copy
          </Button>
        </span>
      </header>
      <Raising error={error} />
      {error.causes.map((cause, place) => (
        <div key={place} className="error-card-cause">
          <p className="soft">raised while handling, or because of:</p>
          <Raising error={cause} />
        </div>
      ))}
    </article>
  );
}

function Raising({ error }: { error: Raised }) {
  const [isOpen, setOpen] = useState(false);
  const own = error.frames.filter((each) => each.is_users);
  const hidden = error.frames.length - own.length;
  // Of the user's code the line that raised comes first; libraries below it matter only to who asks.
  const shown = isOpen || own.length === 0 ? error.frames : own;
  return (
    <>
      <pre className="error-card-message" tabIndex={0} role="region" aria-label="error message">
        <strong>{error.kind}</strong>
        {error.message && `: ${error.message}`}
      </pre>
      {shown.length > 0 && (
        <ol className="error-card-frames" aria-label="frames, the innermost first">
          {[...shown].reverse().map((frame, place) => (
            <FrameLines key={`${frame.file}:${frame.line}:${place}`} frame={frame} />
          ))}
        </ol>
      )}
      {hidden > 0 && own.length > 0 && (
        <span className="error-card-fold">
          <Button kind="quiet" isSmall isExpanded={isOpen} onPress={() => setOpen(!isOpen)}>
            {isOpen ? "Hide" : "Show"} {counted(hidden, "frame")} of libraries
          </Button>
        </span>
      )}
    </>
  );
}

function FrameLines({ frame }: { frame: Frame }) {
  const place = `${frame.file}:${frame.line}`;
  return (
    <li className="error-card-frame">
      <div className="error-card-place">
        <CodeAddress file={frame.file} line={frame.line} />
        <span className="soft">{frame.function}</span>
      </div>
      {frame.source.length > 0 && (
        <pre className="error-card-code" tabIndex={0} role="region" aria-label={`code at ${place}`}>
          {frame.source.map((line) => (
            <code key={line.number} className="error-card-line" data-it={line.is_it}>
              <span className="error-card-number">{line.number}</span>
              {line.text}
            </code>
          ))}
        </pre>
      )}
    </li>
  );
}
