/** The catalog's tree: branches by group, prefix and the like, each with how many assets in it need attention. */

import type { CSSProperties } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { SelectField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Panel } from "../../parts/panel.tsx";
import { joinTerms, splitTerms } from "../../parts/query_text.ts";
import { useParam } from "../../parts/url.ts";
import { STATES } from "../../state/status.tsx";
import { stateOfAsset } from "../../text/asset.ts";
import { count } from "../../text/number.ts";

const WAYS = [
  { value: "group", title: "by group" },
  { value: "prefix", title: "by prefix" },
  { value: "kind", title: "by kind" },
  { value: "owner", title: "by owner" },
  { value: "location", title: "by code location" },
];
type By = "group" | "prefix" | "kind" | "owner" | "location";
const TOLD = ["failed", "running", "stale"] as const;
const INDENT_PX = 14;

export function Tree({ selection }: { selection: string }) {
  const [by, setBy] = useParam("by", "group");
  const way: By = WAYS.some((each) => each.value === by) ? (by as By) : "group";
  const answer = useAnswer("/api/assets/tree", { query: { by: way, selection: selection || undefined } }, { topics: ["assets", "locations"], keepsBefore: true });
  return (
    <aside className="assets-tree" aria-label="branches of the catalog">
      <SelectField label="Branches" isLabelHidden value={way} choices={WAYS} onChange={setBy} />
      <Panel answer={answer} rows={6}>
        {(tree) => (
          <nav aria-label="branches">
            <ul>
              <Branch way={way} path={null} title="All" depth={0} number={tree.count} states={{}} />
              {tree.nodes.map((node) => (
                <Branch key={node.path} way={way} path={node.path} title={node.title} depth={node.depth} number={node.count} states={node.states} />
              ))}
            </ul>
          </nav>
        )}
      </Panel>
    </aside>
  );
}

interface BranchProps {
  way: By;
  path: string | null;
  title: string;
  depth: number;
  number: number;
  states: Record<string, number>;
}

function Branch({ way, path, title, depth, number, states }: BranchProps) {
  const [here] = useLocation();
  const [params] = useSearchParams();
  const others = splitTerms(params.get("q") ?? "").filter((term) => !term.startsWith(`${way}:`));
  const term = path === null ? null : `${way}:${quoted(path)}`;
  const isHere = term === null ? others.length === splitTerms(params.get("q") ?? "").length : splitTerms(params.get("q") ?? "").includes(term);
  const next = new URLSearchParams(params);
  const query = joinTerms(term === null ? others : [...others, term]);
  if (query) next.set("q", query);
  else next.delete("q");
  const text = next.toString();
  return (
    <li style={{ "--assets-indent": `${depth * INDENT_PX}px` } as CSSProperties}>
      <Link href={text ? `${here}?${text}` : here} className="assets-branch" aria-current={isHere ? "true" : undefined}>
        <span className="assets-branch-name">
          <Name text={title} most={26} />
        </span>
        {TOLD.map((state) => {
          const own = states[state] ?? 0;
          if (own === 0) return null;
          const look = STATES[stateOfAsset(state).state];
          return (
            <span key={state} className="assets-branch-state" data-colour={look.colour}>
              <span aria-hidden="true">{look.shape}</span>
              {count(own)}
              <span className="visually-hidden"> {look.word}</span>
            </span>
          );
        })}
        <span className="soft">{count(number)}</span>
      </Link>
    </li>
  );
}

function quoted(value: string): string {
  return /[\s",:\\]/.test(value) ? `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : value;
}
