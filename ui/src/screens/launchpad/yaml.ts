/** Values as YAML; and where in a text of YAML the cursor is, as far as completion needs it. */

const PLAIN = /^[A-Za-z_/.][\w/. @-]*$/;
const WORDS = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;
const NUMBER = /^[-+]?(?:\d[\d_]*)?(?:\.\d*)?(?:e[-+]?\d+)?$/i;

function scalar(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = String(value);
  if (PLAIN.test(text) && !WORDS.test(text) && !NUMBER.test(text) && !text.endsWith(" ")) return text;
  return JSON.stringify(text);
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A value as YAML that reads back as the same. */
export function toYaml(value: unknown, indent = ""): string {
  if (!isNested(value)) return `${indent}${scalar(value)}\n`;
  const entries: [string, unknown][] = Array.isArray(value) ? value.map((each) => ["-", each]) : Object.entries(value).map(([key, each]) => [`${scalar(key)}:`, each]);
  return entries
    .map(([head, each]) => {
      if (!isNested(each)) return `${indent}${head} ${scalar(each)}\n`;
      if (Object.keys(each).length === 0) return `${indent}${head} ${Array.isArray(each) ? "[]" : "{}"}\n`;
      return `${indent}${head}\n${toYaml(each, `${indent}  `)}`;
    })
    .join("");
}

export interface YamlPlace {
  /** Keys of the mappings around, from the outside. */
  path: string[];
  /** The key on the cursor's own line, if its value is being typed. */
  key: string | null;
  /** Keys that stand beside, in the same mapping. */
  siblings: string[];
  /** What is typed of the word at the cursor. */
  word: string;
}

const KEY = /^(\s*)(?:- )?("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#:'"][^:#]*?)\s*:(?:\s|$)/;

function unquoted(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1) : text;
}

/** Where a place in the text lies, from the indentation around it. */
export function placeIn(lines: readonly string[], line: number, column: number): YamlPlace {
  const before = (lines[line] ?? "").slice(0, column);
  const own = KEY.exec(before);
  const word = /[^\s:{},[\]]*$/.exec(before)?.[0] ?? "";
  const depth = own ? (own[1] ?? "").length : before.length - word.length;
  const path: string[] = [];
  const siblings: string[] = [];
  let limit = depth;
  for (let at = line - 1; at >= 0; at -= 1) {
    const found = KEY.exec(lines[at] ?? "");
    if (!found) continue;
    const indent = (found[1] ?? "").length;
    const key = unquoted(found[2] ?? "");
    if (indent === depth && limit === depth) siblings.push(key);
    if (indent < limit) {
      path.unshift(key);
      limit = indent;
    }
  }
  for (let at = line + 1; at < lines.length; at += 1) {
    const found = KEY.exec(lines[at] ?? "");
    if (!found) continue;
    const indent = (found[1] ?? "").length;
    if (indent < depth) break;
    if (indent === depth) siblings.push(unquoted(found[2] ?? ""));
  }
  return { path, key: own ? unquoted(own[2] ?? "") : null, siblings, word };
}
