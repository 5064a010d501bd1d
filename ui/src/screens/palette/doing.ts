/** What is done to something that was found, without a visit to its page first: turned on or off, launched, made. */

import { useAction } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { toast } from "../../parts/toast.tsx";
import { useWhyNot } from "../../state/caller.ts";

type Found = Schemas["Found"];
type Act = "on" | "off";

/** A thing that can be done to what was found. */
export interface Deed {
  id: string;
  title: string;
  kind: "do";
  about: string;
  to?: string;
  act?: () => void;
  why?: string | undefined;
}

const VERBS = ["why did", "turn on", "turn off", "materialise", "materialize", "launch"];

/** A text without what is to be done: what is searched for. "turn on nightly" searches for "nightly". */
export function withoutVerb(text: string): string {
  const small = text.toLowerCase();
  const verb = VERBS.find((each) => small.startsWith(`${each} `));
  return verb === undefined ? text : text.slice(verb.length).replace(/^\s+(?:(?:schedule|sensor|job)\s+)?/i, "");
}

/** Gives the deeds for what was found. `materialize` opens the dialog for an asset. */
export function useDeeds(materialize: (key: string) => void): (found: Found) => Deed[] {
  const why = useWhyNot("operator");
  const flip = useSwitched();
  return (found) => {
    const { kind, name, location, to } = found;
    const deed = { kind: "do" as const, about: why ?? location ?? "", why };
    if (kind === "job") {
      const open = { ...deed, about: location ?? "", why: undefined };
      return [
        { ...open, id: `launch ${to}`, title: `launch job ${name}`, to: `${to}/launch` },
        { ...open, id: `why ${to}`, title: `why did job ${name} run, or not`, to: `${to}?tab=why` },
      ];
    }
    if (kind === "asset") return [{ ...deed, id: `make ${to}`, title: `materialise ${name}`, act: () => materialize(name) }];
    if ((kind === "schedule" || kind === "sensor") && typeof found.is_on === "boolean" && location) {
      const act: Act = found.is_on ? "off" : "on";
      return [{ ...deed, id: `switch ${to}`, title: `turn ${act} ${kind} ${name}`, act: () => flip({ kind, location, name }, act) }];
    }
    return [];
  };
}

/** Turns one on or off, and offers the way back. What came of it is told by the action itself: the palette is gone by then. */
function useSwitched() {
  const send = useAction("post", "/api/automations/{kind}/{location}/{name}/switch", {
    topics: ["automations", "ticks"],
    done: ({ kind, location, name, outcome, text, is_on }) => {
      const told = `${kind} ${name}: ${text}`;
      if (outcome === "failed") toast(told, { kind: "failed" });
      else if (outcome === "changed") toast(told, { undo: () => flip({ kind, location, name }, is_on ? "off" : "on") });
      else toast(told);
    },
  });
  const flip = (path: { kind: "schedule" | "sensor"; location: string; name: string }, act: Act): void =>
    send.mutate({ path, body: { act, reason: "" } });
  return flip;
}
