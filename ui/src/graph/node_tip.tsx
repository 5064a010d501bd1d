/** The whole name of the node that is pointed at, or has the focus: labels are cut, or left out from afar. */

import type { RefObject } from "react";
import { STATES, Status } from "../state/status.tsx";
import type { Scene, View } from "./scene.ts";

const WIDTH = 320;
const HEIGHT = 48;

interface Props {
  scene: Scene;
  view: View;
  id: string;
  canvas: RefObject<HTMLCanvasElement | null>;
}

export function NodeTip({ scene, view, id, canvas }: Props) {
  const each = scene.byId.get(id);
  const at = canvas.current;
  if (each === undefined || at === null) return null;
  const { node } = each;
  const [left, top] = [(each.x - view.x) * view.scale, (each.y - view.y) * view.scale];
  const bottom = top + each.height * view.scale;
  const isAbove = bottom + HEIGHT > at.clientHeight;
  const isOut = left + each.width * view.scale < 0 || left > at.clientWidth || bottom < 0 || top > at.clientHeight;
  if (isOut) return null;
  return (
    <div
      className="graph-tip"
      aria-hidden="true"
      style={{ left: Math.max(4, Math.min(left, at.clientWidth - WIDTH)), top: isAbove ? Math.max(4, top - HEIGHT) : Math.max(4, bottom + 6) }}
    >
      <bdi className="mono">{node.label}</bdi>
      <span>
        {node.holds === undefined ? (
          <Status state={node.state} {...(node.word === undefined ? {} : { word: node.word })} />
        ) : (
          node.holds.map(({ state, count, word }) => <Status key={state} state={state} word={`${count} ${word ?? STATES[state].word}`} />)
        )}{" "}
        {node.mark !== undefined && <Status state={node.mark.state} word={node.mark.text} />}{" "}
        <span className="soft">{node.note}</span>
      </span>
    </div>
  );
}
