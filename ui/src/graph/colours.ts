/** The colours of the page's theme, for a canvas, which knows no custom properties. */

import { STATES, type State } from "../state/status.tsx";

export interface Colours {
  ground: string;
  raised: string;
  line: string;
  strong: string;
  text: string;
  soft: string;
  accent: string;
  font: string;
  of: (state: State) => string;
  groundOf: (state: State) => string;
}

/** As they are now; read again when the theme changes. */
export function readColours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const own = new Map<State, [string, string]>();
  for (const [state, look] of Object.entries(STATES)) own.set(state as State, [get(look.colour), get(`${look.colour}-ground`)]);
  return {
    ground: get("ground"),
    raised: get("ground-raised"),
    line: get("line"),
    strong: get("line-strong"),
    text: get("text"),
    soft: get("text-soft"),
    accent: get("accent"),
    font: get("font"),
    of: (state) => own.get(state)?.[0] ?? get("text-soft"),
    groundOf: (state) => own.get(state)?.[1] ?? get("ground"),
  };
}
