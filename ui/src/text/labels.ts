/** What nodes are called where there is little room: what names have in common goes first, so that they stay apart. */

/** A cut name has at least so many signs, or is left out: fewer tell nothing (count). */
const LEAST = 5;
const BREAKS = /[/_\-. ]/;

/** How names are written: without the path that all of a group have, which the box of the group says. */
export interface Short {
  /** By id. */
  names: ReadonlyMap<string, string>;
  /** What is left out of all names of a group, by the group, where it is not the group's own name. */
  left: ReadonlyMap<string, string>;
}

interface Named {
  id: string;
  label: string;
  group?: string;
}

export function shortNames(nodes: readonly Named[]): Short {
  const names = new Map<string, string>();
  const left = new Map<string, string>();
  const groups = new Map<string, Named[]>();
  for (const node of nodes) {
    names.set(node.id, node.label);
    if (node.group === undefined) continue;
    const found = groups.get(node.group);
    if (found) found.push(node);
    else groups.set(node.group, [node]);
  }
  for (const [group, members] of groups) {
    const path = sharedPath(members.map((each) => each.label));
    if (path !== "") {
      for (const each of members) names.set(each.id, each.label.slice(path.length));
      if (path !== `${group}/`) left.set(group, path);
    } else {
      withoutGroup(group, members, names);
    }
  }
  return { names, left };
}

/** The path before the last part that all of several names begin with, `raw/shop/`; of one its own. */
function sharedPath(labels: readonly string[]): string {
  const [first = "", ...others] = labels;
  let path = first.slice(0, first.lastIndexOf("/") + 1);
  for (const label of others) while (!label.startsWith(path)) path = path.slice(0, path.slice(0, -1).lastIndexOf("/") + 1);
  return path;
}

/** Those of a group that begin with its name are written without it, unless two are alike then. */
function withoutGroup(group: string, members: readonly Named[], names: Map<string, string>): void {
  const all = new Set(members.map((each) => each.label));
  for (const { id, label } of members) {
    if (!label.startsWith(`${group}/`)) continue;
    const rest = label.slice(group.length + 1);
    if (!all.has(rest)) names.set(id, rest);
  }
}

/**
 * Names in so many signs: whole where they fit, else without what they share with their nearest neighbour. Two names
 * are never written alike: where that cannot be had they are left out ("").
 */
export function toldApart(names: Iterable<string>, most: number): ReadonlyMap<string, string> {
  const sorted = [...new Set(names)].sort();
  const found = new Map<string, string>();
  const uses = new Map<string, number>();
  sorted.forEach((name, place) => {
    const text = name.length <= most ? name : shortened(name, differsAt(name, sorted[place - 1], sorted[place + 1]), most);
    found.set(name, text);
    uses.set(text, (uses.get(text) ?? 0) + 1);
  });
  for (const [name, text] of found) if (text !== name && (uses.get(text) ?? 0) > 1) found.set(name, "");
  return found;
}

/** Where a name begins to differ from those before and after it in the order of names. */
function differsAt(name: string, before: string | undefined, after: string | undefined): number {
  return Math.max(sharedWith(name, before), sharedWith(name, after));
}

function sharedWith(name: string, other: string | undefined): number {
  if (other === undefined) return 0;
  let at = 0;
  while (at < name.length && at < other.length && name[at] === other[at]) at += 1;
  return at;
}

function shortened(name: string, differs: number, most: number): string {
  if (most < LEAST) return "";
  // From the beginning of the word in which it differs; of one that differs early, its beginning and its end.
  let start = Math.min(differs, name.length - 1);
  while (start > 0 && !BREAKS.test(name[start - 1] ?? "")) start -= 1;
  if (start > 0 && name.length - start < most) return `…${piece(name, start)}`;
  if (differs < most - 2) {
    const head = Math.max(differs + 1, Math.ceil((most - 1) / 2));
    return `${piece(name, 0, head)}…${piece(name, name.length - (most - 1 - head))}`;
  }
  const from = name.length - start <= most - 1 ? start : Math.min(differs, name.length - (most - 1));
  const end = from + most - 2;
  return end >= name.length - 1 ? `…${piece(name, name.length - (most - 1))}` : `…${piece(name, from, end)}…`;
}

/** A part of a text that does not end or begin in the middle of a sign. */
function piece(text: string, from: number, to = text.length): string {
  return text.slice(from, to).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, "");
}

/** A name in two lines of so many signs, parted where its words are; null: it does not fit. */
export function inTwoLines(name: string, most: number): readonly [string, string] | null {
  let best: readonly [string, string] | null = null;
  for (let at = 1; at < name.length; at += 1) {
    if (!BREAKS.test(name[at - 1] ?? "")) continue;
    const [first, second] = [name.slice(0, at), name.slice(at)];
    if (first.length > most || second.length > most) continue;
    if (best === null || Math.max(first.length, second.length) <= Math.max(best[0].length, best[1].length)) best = [first, second];
  }
  return best;
}
