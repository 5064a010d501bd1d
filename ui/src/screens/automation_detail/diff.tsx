/** What two cursors differ in, line by line; JSON is laid out first, so that lines mean something. */

/** A line of a difference: kept, gone or new. */
export interface DiffLine {
  sign: " " | "-" | "+";
  text: string;
}

const LINES_MAX = 2_000;

function linesOf(text: string | null): string[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return JSON.stringify(value, null, 2).split("\n");
  } catch {
    // no JSON: as it is
  }
  return text.split("\n");
}

/** The lines of two texts, with what is gone and what is new. Very long ones are compared at their ends only. */
export function diff(before: string | null, after: string | null): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const middle = between(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const kept = (text: string): DiffLine => ({ sign: " ", text });
  return [...a.slice(0, head).map(kept), ...middle, ...a.slice(a.length - tail).map(kept)];
}

function between(a: readonly string[], b: readonly string[]): DiffLine[] {
  const gone = (text: string): DiffLine => ({ sign: "-", text });
  const fresh = (text: string): DiffLine => ({ sign: "+", text });
  if (a.length * b.length > LINES_MAX * 100) return [...a.map(gone), ...b.map(fresh)];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      longest[i * width + j] = a[i] === b[j] ? (longest[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
  const found: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i];
    const right = b[j];
    if (left !== undefined && left === right) {
      found.push({ sign: " ", text: left });
      i += 1;
      j += 1;
    } else if (left !== undefined && (right === undefined || (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))) {
      found.push(gone(left));
      i += 1;
    } else if (right !== undefined) {
      found.push(fresh(right));
      j += 1;
    }
  }
  return found;
}

/** What became of a cursor. */
export function CursorChange({ before, after }: { before: string | null; after: string | null }) {
  if (before === after)
    return before === null ? (
      <p className="soft">none, before and after</p>
    ) : (
      <>
        <p className="soft">It stayed as it was.</p>
        <div className="diff mono" role="region" tabIndex={0} aria-label="cursor">
          {before}
        </div>
      </>
    );
  const lines = diff(before, after);
  return (
    <div className="diff mono" role="region" tabIndex={0} aria-label="cursor before and after">
      {lines.slice(0, LINES_MAX).map((line, place) => (
        <div key={place} className="diff-line" data-sign={line.sign}>
          <span className="diff-sign">{line.sign}</span>
          <span className="visually-hidden">{line.sign === "-" ? "before: " : line.sign === "+" ? "after: " : ""}</span>
          {line.text}
        </div>
      ))}
    </div>
  );
}
