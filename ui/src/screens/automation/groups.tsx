/** Automations by what they have in common, those with failing ones on top; a group opens in place. */

import type { Schemas } from "../../api/types.ts";
import { useParam } from "../../parts/url.ts";
import { Status } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";
import { AutomationList } from "./automation.tsx";
import { lookOf, type Row } from "./place.ts";

type Group = Schemas["AutomationGroup"];

const NONE: Record<string, string> = { target: "no target", owner: "no owner" };

export function Groups({ groups, by, q }: { groups: readonly Group[]; by: string; q: string }) {
  const [open, setOpen] = useParam("open");
  const [sort, setSort] = useParam("sort", "state");
  return (
    <ul className="automation-groups">
      {groups.map((group) => {
        const isOpen = group.query !== "" && open === group.name;
        const states = (Object.entries(group.states) as [Row["state"], number][]).filter(([, count]) => count > 0);
        return (
          <li key={group.name} className="automation-group">
            <h2>
              <button type="button" className="automation-group-head" aria-expanded={isOpen} disabled={group.query === ""} onClick={() => setOpen(isOpen ? "" : group.name)}>
                <span aria-hidden="true">{isOpen ? "▾" : "▸"}</span>
                <bdi>{group.name || (NONE[by] ?? "none")}</bdi>
                <span className="soft">{counted(group.count, "automation")}</span>
                {states.map(([state, count]) => {
                  const look = lookOf(state);
                  return <Status key={state} state={look.state} word={`${count} ${look.word}`} />;
                })}
              </button>
            </h2>
            {isOpen && <AutomationList q={`${q} ${group.query}`.trim()} setQ={() => setOpen("")} sort={sort} setSort={setSort} />}
          </li>
        );
      })}
    </ul>
  );
}
