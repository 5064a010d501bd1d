/** What the API says when something went wrong (RFC 9457), and what the network says when nobody answered. */

export class ProblemError extends Error {
  constructor(
    /** HTTP status; 0: nobody answered. */
    readonly status: number,
    /** The kind of problem, e.g. `not-found`. */
    readonly code: string,
    /** In a word or two. */
    readonly title: string,
    /** What was wrong, and what to do. */
    readonly detail: string,
    /** Stands in the server's log beside the cause. */
    readonly requestId: string | null = null,
    /** Facts for programs, by kind of problem. */
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail);
  }

  /** The role that is needed, if that is what was wrong. */
  get neededRole(): string | null {
    const role = this.extra["needed_role"];
    return typeof role === "string" ? role : null;
  }
}

/** That nobody answered. */
export function unreachable(): ProblemError {
  return new ProblemError(0, "unreachable", "No answer", "The server does not answer. What is shown may be old.");
}

/** The problem in an answer that is no success. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const requestId = response.headers.get("x-request-id");
  try {
    const told = (await response.json()) as Record<string, unknown>;
    const text = (name: string) => (typeof told[name] === "string" ? told[name] : "");
    const extra = typeof told["extra"] === "object" && told["extra"] !== null ? told["extra"] : {};
    const code = text("type").replace(/^urn:watchbell:/, "");
    return new ProblemError(
      response.status,
      code,
      text("title") || "Refused",
      text("detail") || text("title"),
      requestId,
      extra as Record<string, unknown>,
    );
  } catch {
    const detail = `The server answered ${response.status}, and not in its own words: something between may be broken.`;
    return new ProblemError(response.status, "unknown", "Unexpected answer", detail, requestId);
  }
}
