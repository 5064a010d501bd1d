/** State = shape + colour + word. The one table; lists, graph, timeline and favicon all use it. */

import "./status.css";

export type State =
  | "done"
  | "failed"
  | "running"
  | "queued"
  | "skipped"
  | "cancelled"
  | "never"
  | "stale"
  | "attention"
  | "lost";

interface Look {
  word: string;
  shape: string;
  /** The custom properties `--<colour>` and `--<colour>-ground`. */
  colour: string;
}

export const STATES: Record<State, Look> = {
  done: { word: "done", shape: "✓", colour: "done" },
  failed: { word: "failed", shape: "✕", colour: "failed" },
  running: { word: "running", shape: "▶", colour: "running" },
  queued: { word: "queued", shape: "◷", colour: "queued" },
  skipped: { word: "skipped", shape: "⊘", colour: "skipped" },
  cancelled: { word: "cancelled", shape: "■", colour: "cancelled" },
  never: { word: "never", shape: "○", colour: "never" },
  stale: { word: "stale", shape: "◐", colour: "stale" },
  attention: { word: "needs attention", shape: "!", colour: "stale" },
  lost: { word: "lost", shape: "!", colour: "failed" },
};

const OF_RUN: Record<string, State> = {
  NOT_STARTED: "never",
  QUEUED: "queued",
  STARTING: "queued",
  STARTED: "running",
  CANCELING: "running",
  SUCCESS: "done",
  FAILURE: "failed",
  CANCELED: "cancelled",
};

/** What a run's status is for people; a run that nobody renews any more is lost. */
export function stateOfRun(status: string, isLost = false): State {
  return isLost ? "lost" : (OF_RUN[status] ?? "never");
}

const OF_TICK: Record<string, State> = { SUCCESS: "done", SKIPPED: "skipped", FAILURE: "failed", STARTED: "running" };

/** What a tick's status is for people. */
export function stateOfTick(status: string): State {
  return OF_TICK[status] ?? "never";
}

interface Props {
  state: State;
  /** Instead of the state's own word, e.g. "starting". */
  word?: string;
  /** Without the word, for narrow places; it is still there for screen readers. */
  isBare?: boolean;
}

/** A state: its shape, coloured, and its word. */
export function Status({ state, word, isBare = false }: Props) {
  const look = STATES[state];
  const text = word ?? look.word;
  return (
    <span className="status" data-state={state} data-colour={look.colour} title={isBare ? text : undefined}>
      <span className="status-shape" aria-hidden="true">
        {look.shape}
      </span>
      <span className={isBare ? "visually-hidden" : "status-word"}>{text}</span>
    </span>
  );
}
