/** The same as the graph, to be read: each node with its state, what it is made from, and what is made from it. */

import { Link } from "wouter";
import { Name } from "../parts/name.tsx";
import { STATES, Status } from "../state/status.tsx";
import { count } from "../text/number.ts";
import type { Graph, GraphNode } from "./types.ts";

export function GraphList({ graph, label }: { graph: Graph; label: string }) {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const near = (id: string, isUp: boolean) =>
    graph.edges.flatMap((edge) => ((isUp ? edge.to : edge.from) === id ? (nodes.get(isUp ? edge.from : edge.to) ?? []) : []));
  return (
    <div className="graph-list" role="region" aria-label={label} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{label}</caption>
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Name</th>
            <th scope="col">Upstream</th>
            <th scope="col">Downstream</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr key={node.id}>
              <td>
                <How node={node} />
              </td>
              <th scope="row">
                <One node={node} />
              </th>
              <td>
                <Names nodes={near(node.id, true)} />
              </td>
              <td>
                <Names nodes={near(node.id, false)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How a node stands; of a group how many in it stand how. */
function How({ node }: { node: GraphNode }) {
  if (node.holds === undefined)
    return (
      <span className="graph-list-holds">
        <Status state={node.state} {...(node.word === undefined ? {} : { word: node.word })} />
        {node.mark !== undefined && <Status state={node.mark.state} word={node.mark.text} />}
      </span>
    );
  return (
    <span className="graph-list-holds">
      {node.holds.map(({ state, count: number, word }) => (
        <Status key={state} state={state} word={`${count(number)} ${word ?? STATES[state].word}`} />
      ))}
    </span>
  );
}

function One({ node }: { node: GraphNode }) {
  if (node.to === undefined) return <Name text={node.label} />;
  return (
    <Link href={node.to}>
      <Name text={node.label} />
    </Link>
  );
}

function Names({ nodes }: { nodes: readonly GraphNode[] }) {
  return (
    <>
      {nodes.map((node, place) => (
        <span key={node.id}>
          {place > 0 && ", "}
          <Name text={node.label} most={32} />
        </span>
      ))}
    </>
  );
}
