/** The whole graph in a corner, with the part that is in sight; a click goes there. */

import { useEffect, useRef, type RefObject } from "react";
import { readColours } from "./colours.ts";
import type { Scene, View } from "./scene.ts";

const WIDTH = 160;
const HEIGHT = 100;

interface Props {
  scene: Scene;
  view: View;
  setView: (view: View) => void;
  canvas: RefObject<HTMLCanvasElement | null>;
}

export function Minimap({ scene, view, setView, canvas }: Props) {
  const own = useRef<HTMLCanvasElement>(null);
  const { width, height } = scene.placed;
  const scale = Math.min(WIDTH / Math.max(1, width), HEIGHT / Math.max(1, height));
  useEffect(() => {
    const pen = own.current?.getContext("2d");
    if (!pen) return;
    const colours = readColours();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = colours.raised;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    for (const each of scene.nodes) {
      pen.fillStyle = colours.of(each.node.state);
      pen.fillRect(each.x * scale, each.y * scale, Math.max(1.5, each.width * scale), Math.max(1.5, each.height * scale));
    }
    const at = canvas.current;
    if (at === null) return;
    pen.strokeStyle = colours.accent;
    pen.lineWidth = 1.5;
    pen.strokeRect(view.x * scale, view.y * scale, (at.clientWidth / view.scale) * scale, (at.clientHeight / view.scale) * scale);
  }, [scene, view, scale, canvas]);
  const at = canvas.current;
  const isWhole =
    at !== null && view.x <= 0 && view.y <= 0 && view.x + at.clientWidth / view.scale >= width && view.y + at.clientHeight / view.scale >= height;
  return (
    <canvas
      ref={own}
      className="graph-minimap"
      hidden={isWhole}
      width={Math.ceil(width * scale)}
      height={Math.ceil(height * scale)}
      aria-hidden="true"
      onClick={(event) => {
        const at = canvas.current;
        if (at === null) return;
        const box = event.currentTarget.getBoundingClientRect();
        const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
        setView({ ...view, x: x - at.clientWidth / view.scale / 2, y: y - at.clientHeight / view.scale / 2 });
      }}
    />
  );
}
