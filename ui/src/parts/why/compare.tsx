/** Two evaluations of one condition side by side: which parts said something else. */

import { useId, useState } from "react";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { counted } from "../../text/number.ts";
import { absolute, useZone } from "../../text/time.ts";
import { Button } from "../button.tsx";
import { Panel } from "../panel.tsx";
import { ResultWord } from "./evaluations.tsx";
import { MarkSign } from "./words.tsx";

type Node = Schemas["ComparedShape"];
type Shape = Schemas["ComparisonShape"];

interface Props {
  entity: string;
  first: number;
  second: number;
  close: () => void;
}

export function Comparison({ entity, first, second, close }: Props) {
  const answer = useAnswer("/api/conditions/comparison", { query: { entity, first, second } });
  return (
    <div className="why-comparison">
      <Panel
        title="Two evaluations compared"
        answer={answer}
        actions={
          <Button isSmall onPress={close}>
            End the comparison
          </Button>
        }
      >
        {(shown) => <Both shown={shown} />}
      </Panel>
    </div>
  );
}

function Both({ shown }: { shown: Shape }) {
  const zone = useZone();
  const note = useId();
  const [isWhole, setWhole] = useState(false);
  const exact = (at: string) => absolute(new Date(at), zone);
  const rows = flat(shown.tree, 0, isWhole);
  return (
    <>
      <p id={note}>
        {shown.is_same_condition ? "" : "The condition itself was another one. "}
        {shown.difference_count === 0 ? "All its parts said the same." : `${counted(shown.difference_count, "part")} said something else.`}
      </p>
      <div className="why-scroll" role="region" tabIndex={0} aria-label="both evaluations, part by part">
        <table className="why-table" aria-describedby={note}>
          <thead>
            <tr>
              <th scope="col">part of the condition</th>
              <th scope="col">
                {exact(shown.first_at)} <ResultWord result={shown.first_result} />
              </th>
              <th scope="col">
                {exact(shown.second_at)} <ResultWord result={shown.second_result} />
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ node, depth }, number) => (
              <tr key={number} data-differs={node.differs || undefined}>
                <th scope="row" style={{ paddingInlineStart: `${8 + depth * 16}px` }}>
                  <bdi>{node.text}</bdi>
                  {node.differs && <span className="why-differs"> ≠ differs</span>}
                </th>
                <td>
                  <MarkSign mark={node.first} /> <span className="soft">{node.first_counts}</span>
                </td>
                <td>
                  <MarkSign mark={node.second} /> <span className="soft">{node.second_counts}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Button isSmall kind="quiet" onPress={() => setWhole(!isWhole)}>
        {isWhole ? "Only where they differ" : "All parts"}
      </Button>
    </>
  );
}

/** The nodes in lines, those without a difference left out unless all are wanted. */
function flat(node: Node, depth: number, isWhole: boolean): { node: Node; depth: number }[] {
  if (depth > 0 && !isWhole && !node.has_difference) return [];
  return [{ node, depth }, ...node.children.flatMap((each) => flat(each, depth + 1, isWhole))];
}
