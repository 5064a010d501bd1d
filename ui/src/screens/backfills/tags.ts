/** Tags as people type them: `key=value`, one a line. */

export interface ReadTags {
  tags: Record<string, string>;
  /** What is wrong with the text. */
  wrong?: string;
}

export function readTags(text: string): ReadTags {
  const tags: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (!trimmed) continue;
    const at = trimmed.indexOf("=");
    if (at < 1) return { tags, wrong: `write key=value, not ${trimmed.slice(0, 40)}` };
    tags[trimmed.slice(0, at).trim()] = trimmed.slice(at + 1).trim();
  }
  return { tags };
}
