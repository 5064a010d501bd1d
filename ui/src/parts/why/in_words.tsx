/** A condition in words, part by part, where no evaluation of it can be shown. */

import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Panel } from "../panel.tsx";

type Part = Schemas["ConditionPart"];

export function InWords({ entity, topics }: { entity: string; topics: readonly string[] }) {
  const answer = useAnswer("/api/conditions", { query: { entity } }, { topics });
  if (answer.data?.tree === null) return null;
  return (
    <Panel title="The condition in words" answer={answer} rows={3}>
      {({ tree }) => tree && <ul className="why-branches why-words">{<Words part={tree} />}</ul>}
    </Panel>
  );
}

function Words({ part }: { part: Part }) {
  return (
    <li>
      <bdi className="why-text">{part.text}</bdi>
      {part.children.length > 0 && (
        <ul className="why-branches">
          {part.children.map((each, number) => (
            <Words key={number} part={each} />
          ))}
        </ul>
      )}
    </li>
  );
}
