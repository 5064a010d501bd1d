/** A graph as an SVG file, in the colours of the page's theme. */

import { STATES } from "../state/status.tsx";
import type { Colours } from "./colours.ts";
import { cut } from "../parts/name.tsx";
import { inTwoLines } from "../text/labels.ts";
import type { Drawn, Scene } from "./scene.ts";

const MARGIN = 20;
/** So many signs of its letters fit into a node (count). */
const LINE_SIGNS = 22;

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
    const path = scene.short.left.get(name);
    lines.push(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${colours.raised}" stroke="${colours.line}"/>`);
    lines.push(`<text x="${x + 8}" y="${y + 20}" fill="${colours.soft}" font-weight="600">${escaped(name)}${path === undefined ? "" : ` · ${escaped(path)}`}</text>`);
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
  for (const each of scene.nodes) lines.push(...nodeLines(each, scene, colours));
  lines.push("</svg>");
  return `${lines.join("\n")}\n`;
}

/** A node: its shape and name, in two lines if it is long; all of it for who points at it, or reads the file. */
function nodeLines({ node, x, y, width, height }: Drawn, scene: Scene, colours: Colours): string[] {
  const colour = colours.of(node.state);
  const edge = node.mark === undefined ? colour : colours.of(node.mark.state);
  const how = `${node.word ?? STATES[node.state].word}${node.mark === undefined ? "" : `, ${node.mark.text}`}`;
  const fill = node.state === "never" ? colours.ground : colours.groundOf(node.state);
  const name = scene.short.names.get(node.id) ?? node.label;
  const shown = name.length <= LINE_SIGNS ? [name] : (inTwoLines(name, LINE_SIGNS) ?? [cut(name, LINE_SIGNS)]);
  const holds = (node.holds ?? []).map(({ state, count }) => `${STATES[state].shape} ${count}`).join("  ");
  const top = node.holds === undefined ? y + height / 2 + 5 - (shown.length - 1) * 7 : y + 22;
  return [
    `<g><title>${escaped(node.label)}: ${escaped(how)}</title>`,
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${fill}" stroke="${edge}"/>`,
    `<text x="${x + 9}" y="${y + 22}" fill="${colour}" font-weight="700">${STATES[node.state].shape}</text>`,
    ...shown.map((line, place) => `<text x="${x + 28}" y="${top + place * 14}" fill="${colours.text}">${escaped(line)}</text>`),
    ...(holds === "" ? [] : [`<text x="${x + 10}" y="${y + height - 10}" fill="${colours.text}" font-weight="600">${holds}</text>`]),
    "</g>",
  ];
}

/** Offers a text as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
