/** A graph as an SVG file, in the colours of the page's theme. */

import { STATES } from "../state/status.tsx";
import type { Colours } from "./colours.ts";
import type { Scene } from "./scene.ts";

const MARGIN = 20;

function escaped(text: string): string {
  // Signs that XML cannot hold are left out.
  const allowed = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
  return allowed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export function toSvg(scene: Scene, colours: Colours): string {
  const { width, height, groups, edges } = scene.placed;
  const box = `${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`;
  const font = escaped(colours.font);
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="${font}" font-size="13">`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="100%" height="100%" fill="${colours.ground}"/>`,
  ];
  for (const { name, x, y, width: w, height: h } of groups) {
    lines.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colours.raised}" stroke="${colours.line}"/>`);
    lines.push(`<text x="${x + 8}" y="${y + 20}" fill="${colours.soft}" font-weight="600">${escaped(name)}</text>`);
  }
  for (const edge of edges) {
    const [first, ...others] = edge.points;
    if (first === undefined) continue;
    let path = `M${first[0]} ${first[1]}`;
    let before = first;
    for (const point of others) {
      const middle = (before[0] + point[0]) / 2;
      path += `C${middle} ${before[1]} ${middle} ${point[1]} ${point[0]} ${point[1]}`;
      before = point;
    }
    lines.push(`<path d="${path}" fill="none" stroke="${colours.strong}"/>`);
  }
  for (const { node, x, y, width: w, height: h } of scene.nodes) {
    const colour = colours.of(node.state);
    const fill = node.state === "never" ? colours.ground : colours.groundOf(node.state);
    lines.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="5" fill="${fill}" stroke="${colour}"/>`);
    lines.push(`<text x="${x + 9}" y="${y + 22}" fill="${colour}" font-weight="700">${STATES[node.state].shape}</text>`);
    lines.push(`<text x="${x + 28}" y="${y + 22}" fill="${colours.text}">${escaped(node.label)}</text>`);
  }
  lines.push("</svg>");
  return `${lines.join("\n")}\n`;
}

/** Offers a text as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
