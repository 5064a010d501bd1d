/** Thousands of marks, painted: elements for each would take longer than anybody looks. */

import type { Lane, Mark } from "./lanes.ts";
import { STATES } from "../../state/status.tsx";

interface Measures {
  width: number;
  /** Height of a lane and of a bar in it (pixels). */
  lane: number;
  bar: number;
}

/** Paints the marks of the lanes, failures over the others. */
export function canvasOf(element: HTMLCanvasElement | null, lanes: readonly Lane[], picked: Mark | null, measures: Measures): void {
  const context = element?.getContext("2d");
  if (!element || !context) return;
  const scale = window.devicePixelRatio || 1;
  const height = lanes.length * measures.lane;
  element.width = measures.width * scale;
  element.height = height * scale;
  element.style.width = `${measures.width}px`;
  element.style.height = `${height}px`;
  context.scale(scale, scale);
  const style = getComputedStyle(element);
  const colours = new Map(Object.entries(STATES).map(([state, look]) => [state, style.getPropertyValue(`--${look.colour}`)]));
  const [failed, ground, tick] = ["--failed", "--ground", "--queued"].map((each) => style.getPropertyValue(each)) as [string, string, string];
  lanes.forEach((lane, row) => {
    const y = row * measures.lane + (measures.lane - measures.bar) / 2;
    context.strokeStyle = ground;
    context.lineWidth = 0.5;
    for (const mark of lane.marks) {
      if (mark.isToCome) continue;
      context.fillStyle = colours.get(mark.state) ?? failed;
      context.fillRect(mark.x, y, mark.width, measures.bar);
      context.strokeRect(mark.x, y, mark.width, measures.bar);
    }
    context.fillStyle = failed;
    for (const mark of lane.marks) if (mark.failed > 0 && mark.state !== "failed") context.fillRect(mark.x, y, 4, measures.bar);
    context.strokeStyle = tick;
    context.lineWidth = 1.5;
    for (const mark of lane.marks) {
      if (!mark.isToCome) continue;
      context.beginPath();
      context.arc(mark.x + 2, y + measures.bar / 2, 4, 0, 2 * Math.PI);
      context.stroke();
    }
    const mark = lane.marks.find((each) => each.id === picked?.id);
    if (mark === undefined) return;
    context.strokeStyle = style.getPropertyValue("--focus");
    context.lineWidth = 2;
    context.strokeRect(mark.x - 1, y - 1, mark.width + 2, measures.bar + 2);
  });
}
