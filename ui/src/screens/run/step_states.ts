/** How the states of steps are shown. */

import type { State } from "../../state/status.tsx";

export const STEP_STATES: Record<string, State> = {
  waiting: "queued",
  running: "running",
  done: "done",
  failed: "failed",
  skipped: "skipped",
  retrying: "attention",
  stopped: "cancelled",
};
