/** The answers that came with the HTML: each is used once, by the first who asks for its address. */

const answers = new Map<string, unknown>(read());

function read(): [string, unknown][] {
  const text = document.getElementById("first")?.textContent;
  if (!text) return [];
  return Object.entries(JSON.parse(text) as Record<string, unknown>).map(([url, answer]) => [canonical(url), answer]);
}

/** An address with its parameters in a fixed order. */
export function canonical(url: string): string {
  const [path = "", query = ""] = url.split("?");
  const params = new URLSearchParams(query);
  params.sort();
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

/** The answer that came for an address, left for who asks for it. */
export function lookFirst(url: string): unknown {
  return answers.get(canonical(url));
}

/** The answer that came for an address, if one did and nobody took it yet. */
export function takeFirst(url: string): unknown {
  const key = canonical(url);
  const answer = answers.get(key);
  answers.delete(key);
  return answer;
}
