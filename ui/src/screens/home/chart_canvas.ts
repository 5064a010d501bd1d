/** Thousands of marks, painted: elements for each would take longer than anybody looks. */

import type { Lane, Mark } from "./lanes.ts";
import { STATES } from "../../state/status.tsx";

interface Measures {
  width: number;
  /** Height of a lane and of a bar in it (pixels). */
  lane: number;
  bar: number;
}

/** Paints the marks of the lanes. */
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
  const failed = style.getPropertyValue("--failed");
  lanes.forEach((lane, row) => {
    const y = row * measures.lane + (measures.lane - measures.bar) / 2;
    for (const mark of lane.marks) {
      context.fillStyle = colours.get(mark.state) ?? failed;
      context.fillRect(mark.x, y, mark.width, measures.bar);
      context.fillStyle = failed;
      for (const x of mark.failedAt) context.fillRect(x, y, 4, measures.bar);
      if (mark.id === picked?.id) {
        context.strokeStyle = style.getPropertyValue("--focus");
        context.lineWidth = 2;
        context.strokeRect(mark.x - 1, y - 1, mark.width + 2, measures.bar + 2);
      }
    }
  });
}
