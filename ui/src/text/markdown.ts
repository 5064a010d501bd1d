/** Markdown read into a tree: a small subset, and nothing of it ever becomes HTML text. */

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em"; parts: Inline[] }
  | { kind: "link"; href: string; parts: Inline[] }
  | { kind: "picture"; place: number; about: string }
  | { kind: "break" };

export type Block =
  | { kind: "heading"; level: number; parts: Inline[] }
  | { kind: "paragraph"; parts: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; isOrdered: boolean; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

/** What a text says, and the addresses of its pictures, to which their places point. */
export interface Read {
  blocks: Block[];
  pictures: string[];
}

const CHARS_MAX = 50_000;
const DEPTH_MAX = 8;
/** Pictures that stand in the text itself: nothing is fetched for them, and these kinds hold no scripts. */
const PICTURE = /!\[([^\]\n]{0,500})\]\((data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+)\)/g;

/** The blocks of a text; what is not understood stays text. */
export function readMarkdown(text: string): Read {
  const pictures: string[] = [];
  // They are long, and nothing is to be looked for in them.
  const short = text.replace(PICTURE, (_, about: string, source: string) => `![${about}](picture:${pictures.push(source) - 1})`);
  return { blocks: blocksOf(short.slice(0, CHARS_MAX).replaceAll("\r\n", "\n").split("\n"), 0), pictures };
}

const FENCE = /^ {0,3}(```+|~~~+)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const ITEM = /^( {0,6})([-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function blocksOf(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = HEADING.exec(line);
    const fence = FENCE.exec(line);
    if (!line.trim()) at += 1;
    else if (fence) {
      const close = lines.findIndex((each, place) => place > at && each.trim().startsWith(fence[1] ?? ""));
      const end = close < 0 ? lines.length : close;
      found.push({ kind: "code", text: lines.slice(at + 1, end).join("\n") });
      at = end + 1;
    } else if (heading) {
      found.push({ kind: "heading", level: (heading[1] ?? "#").length, parts: inlinesOf(heading[2] ?? "", 0) });
      at += 1;
    } else if (RULE.test(line)) {
      found.push({ kind: "rule" });
      at += 1;
    } else if (line.startsWith(">") && depth < DEPTH_MAX) {
      const end = whileIn(lines, at, (each) => each.startsWith(">"));
      found.push({ kind: "quote", blocks: blocksOf(lines.slice(at, end).map((each) => each.replace(/^> ?/, "")), depth + 1) });
      at = end;
    } else if (ITEM.test(line) && depth < DEPTH_MAX) {
      const end = whileIn(lines, at, (each) => ITEM.test(each) || /^\s{2,}\S/.test(each));
      found.push(listOf(lines.slice(at, end), depth));
      at = end;
    } else if (line.includes("|") && DIVIDER.test(lines[at + 1] ?? "")) {
      const end = whileIn(lines, at + 2, (each) => each.includes("|"));
      const rows = lines.slice(at + 2, end).map(cellsOf);
      found.push({ kind: "table", head: cellsOf(line), rows });
      at = end;
    } else {
      const end = whileIn(lines, at + 1, (each) => each.trim() !== "" && !HEADING.test(each) && !FENCE.test(each) && !ITEM.test(each) && !each.startsWith(">"));
      found.push({ kind: "paragraph", parts: inlinesOf(lines.slice(at, end).join("\n"), 0) });
      at = end;
    }
  }
  return found;
}

function whileIn(lines: readonly string[], from: number, holds: (line: string) => boolean): number {
  let end = from;
  while (end < lines.length && holds(lines[end] ?? "")) end += 1;
  return Math.max(end, from);
}

function listOf(lines: readonly string[], depth: number): Block {
  const first = ITEM.exec(lines[0] ?? "");
  const indent = first?.[1]?.length ?? 0;
  const items: string[][] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item && (item[1]?.length ?? 0) <= indent) items.push([item[3] ?? ""]);
    else items.at(-1)?.push(line.replace(/^ {1,4}/, ""));
  }
  return { kind: "list", isOrdered: /\d/.test(first?.[2] ?? ""), items: items.map((each) => blocksOf(each, depth + 1)) };
}

function cellsOf(line: string): Inline[][] {
  const cells = line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/);
  return cells.map((each) => inlinesOf(each.trim().replaceAll("\\|", "|"), 0));
}

const INLINE = /(`+)(.+?)\1|!?\[([^\]]*)\]\(\s*(\S+?)(?:\s+"[^"]*")?\s*\)|<((?:https?:\/\/|mailto:)[^>\s]+)>|(\*\*|__)(?=\S)(.+?)\6|(\*|_)(?=\S)(.+?)\8|(https?:\/\/[^\s<>)\]]+)|( {2,}\n|\\\n)/s;

function inlinesOf(text: string, depth: number): Inline[] {
  const found: Inline[] = [];
  let rest = text;
  while (rest) {
    const match = depth < DEPTH_MAX ? INLINE.exec(rest) : null;
    if (match === null) {
      found.push({ kind: "text", text: rest });
      break;
    }
    if (match.index > 0) found.push({ kind: "text", text: rest.slice(0, match.index) });
    found.push(inlineOf(match, depth));
    rest = rest.slice(match.index + match[0].length);
  }
  return found;
}

function inlineOf(match: RegExpExecArray, depth: number): Inline {
  const [whole, , code, label, target, auto, , strong, , em, bare] = match;
  if (code !== undefined) return { kind: "code", text: code };
  if (strong !== undefined) return { kind: "strong", parts: inlinesOf(strong, depth + 1) };
  if (em !== undefined) return { kind: "em", parts: inlinesOf(em, depth + 1) };
  const place = whole.startsWith("!") ? /^picture:(\d{1,4})$/.exec(target ?? "")?.[1] : undefined;
  if (place !== undefined) return { kind: "picture", place: Number(place), about: label ?? "" };
  const href = safeHref(target ?? auto ?? bare ?? "");
  if (href !== null && label !== undefined) return { kind: "link", href, parts: inlinesOf(label || href, depth + 1) };
  if (href !== null) return { kind: "link", href, parts: [{ kind: "text", text: href }] };
  if (label !== undefined || auto !== undefined || bare !== undefined) return { kind: "text", text: whole };
  return { kind: "break" };
}

/** An address that may be linked to: of the web, or of mail; null: none. */
export function safeHref(text: string): string | null {
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null; // relative, or no address at all
  }
}
