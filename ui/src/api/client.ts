/** The typed way to the API. Every failure is a ProblemError. */

import createClient, { createFinalURL, createQuerySerializer, defaultPathSerializer, type Middleware } from "openapi-fetch";
import { problemOf, unreachable } from "./problem.ts";
import type { paths } from "./schema.d.ts";

const toProblems: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return undefined;
    const problem = await problemOf(response);
    if (problem.code === "login-needed" && location.pathname !== "/login") {
      const back = encodeURIComponent(location.pathname + location.search + location.hash);
      location.assign(`/login?back=${back}`);
    }
    throw problem;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    return unreachable();
  },
};

// Every change is JSON, also one without a body: the server refuses what a foreign form could send.
export const client = createClient<paths>({ baseUrl: "", headers: { "content-type": "application/json" } });
client.use(toProblems);

const serialize = createQuerySerializer();

/** The address that is asked for a path with its parameters. */
export function addressOf(path: string, params?: { path?: unknown; query?: unknown }): string {
  return createFinalURL(path, {
    baseUrl: "",
    params: (params ?? {}) as never,
    querySerializer: serialize,
    pathSerializer: defaultPathSerializer,
  });
}
