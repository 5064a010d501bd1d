/** Partitions chosen as text, in the address: what is typed, dragged and walked to ends up here. */

/** A key as it stands in the text; one that would be read as something else stands in quotes. */
export function written(key: string): string {
  const isPlain = !/[",]|\.\.|^\s|\s$|^\*$|^\.|\.$/.test(key);
  return isPlain ? key : `"${key.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** A range as text. */
export function rangeText(first: string, last: string): string {
  return first === last ? written(first) : `${written(first)}..${written(last)}`;
}

/** What was chosen with a range added. */
export function added(text: string, more: string): string {
  return text.trim() ? `${text.trim()}, ${more}` : more;
}
