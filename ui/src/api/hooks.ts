/** The three ways in which screens speak with the API: one answer, a long list page by page, an action. */

import { keepPreviousData, QueryClient, useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient, type Query } from "@tanstack/react-query";
import { useFallbackInterval } from "../live/fallback.ts";
import { useTopics } from "../live/topics.ts";
import { toast } from "../parts/toast.tsx";
import { addressOf, client } from "./client.ts";
import { takeFirst } from "./first.ts";
import { ProblemError } from "./problem.ts";
import type { paths } from "./schema.d.ts";
import type { AnswerOf, BodyOf, ItemOf, Method, ParamsOf, PathWith } from "./types.ts";

const RETRIES = 2;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity, // an answer is old when the live stream says so
      refetchOnWindowFocus: false,
      refetchOnReconnect: true,
      retry: (count, error) => count < RETRIES && error instanceof ProblemError && [0, 502, 503].includes(error.status),
      retryDelay: (count) => 500 * 2 ** count,
    },
    mutations: { retry: false },
  },
});

export interface AnswerOptions {
  /** The topics of the live stream that make the answer old, e.g. `run:<id>`. */
  topics?: readonly string[];
  /** Whether nothing is asked for now. */
  isOff?: boolean;
  /** Whether the answer before stays while that to other parameters is fetched. */
  keepsBefore?: boolean;
}

type Send = (path: string, init: object) => Promise<{ data?: unknown }>;

function sender(method: Method): Send {
  return client[method.toUpperCase() as "GET"] as unknown as Send;
}

async function read(path: string, params: object, signal: AbortSignal): Promise<unknown> {
  const { data } = await sender("get")(path, { params, signal });
  return data;
}

/**
 * One answer of the API; asked again when the live stream says that it is old.
 *
 * @param path of the operation, as in the schema
 * @param params its parameters
 * @param options topics and the like
 */
export function useAnswer<P extends PathWith<"get">>(path: P, params: ParamsOf<P, "get">, options: AnswerOptions = {}) {
  const url = addressOf(path, params);
  const interval = useFallbackInterval();
  useTopics(options.topics, !options.isOff);
  return useQuery<AnswerOf<P, "get">, ProblemError>({
    queryKey: [url],
    queryFn: ({ signal }) => read(path, params, signal) as Promise<AnswerOf<P, "get">>,
    initialData: () => takeFirst(url) as AnswerOf<P, "get"> | undefined,
    enabled: !options.isOff,
    placeholderData: options.keepsBefore ? (keepPreviousData as never) : undefined,
    refetchInterval: options.topics?.length ? interval : false,
    meta: { topics: options.topics ?? [] },
  });
}

/**
 * Several answers of one operation, each asked for when its parameters first appear; otherwise like `useAnswer`.
 *
 * @param path of the operation, as in the schema
 * @param params the parameters of each
 * @param options topics and the like
 */
export function useAnswers<P extends PathWith<"get">>(path: P, params: readonly ParamsOf<P, "get">[], options: AnswerOptions = {}) {
  const interval = useFallbackInterval();
  useTopics(options.topics, params.length > 0);
  return useQueries({
    queries: params.map((each) => ({
      queryKey: [addressOf(path, each)],
      queryFn: ({ signal }: { signal: AbortSignal }) => read(path, each, signal) as Promise<AnswerOf<P, "get">>,
      refetchInterval: options.topics?.length ? interval : (false as const),
      meta: { topics: options.topics ?? [] },
    })),
    combine: dataOf,
  });
}

/** The answers that are there; one that is not there yet, or failed, is undefined. The same while nothing changed. */
function dataOf<T>(results: readonly { data: T | undefined; isLoading: boolean }[]) {
  return results.map(({ data, isLoading }) => ({ data, isLoading }));
}

/** Of a page of a list, what all have. */
interface PageLike {
  items: unknown[];
  next_cursor?: string | null;
  total?: { count: number; is_exact: boolean } | null;
}

/**
 * A long list, page by page.
 *
 * @param path of an operation that answers pages
 * @param params its parameters, without the cursor
 * @param options topics and the like
 */
export function usePages<P extends PathWith<"get">>(path: P, params: ParamsOf<P, "get">, options: AnswerOptions = {}) {
  const url = addressOf(path, params);
  const interval = useFallbackInterval();
  useTopics(options.topics, !options.isOff);
  const query = useInfiniteQuery<PageLike, ProblemError, { pages: PageLike[] }, string[], string | null>({
    queryKey: [url, "pages"],
    queryFn: ({ pageParam, signal }) => {
      const asked = params as { query?: object };
      const withCursor = pageParam === null ? asked : { ...asked, query: { ...asked.query, cursor: pageParam } };
      return read(path, withCursor, signal) as Promise<PageLike>;
    },
    initialPageParam: null,
    getNextPageParam: (last) => last.next_cursor ?? null,
    initialData: () => {
      const first = takeFirst(url) as PageLike | undefined;
      return first && { pages: [first], pageParams: [null] };
    },
    enabled: !options.isOff,
    placeholderData: options.keepsBefore ? (keepPreviousData as never) : undefined,
    refetchInterval: options.topics?.length ? interval : false,
    meta: { topics: options.topics ?? [] },
  });
  const pages = query.data?.pages ?? [];
  return { ...query, rows: pages.flatMap((page) => page.items) as ItemOf<P>[], total: pages[0]?.total ?? null };
}

export interface ActionOptions<T> {
  /** What is old once it is done, besides what the live stream tells. */
  topics?: readonly string[];
  /** Called with the answer. */
  done?: (answer: T) => void;
  /** Called with what went wrong; without it a message is shown. */
  failed?: (problem: ProblemError) => void;
}

/**
 * An action: something that changes what the server remembers.
 *
 * @example const cancel = useAction("post", "/api/runs/{run_id}/cancel", { topics: ["runs"] });
 *          cancel.mutate({ path: { run_id }, body: { reason: "" } })
 */
export function useAction<M extends Exclude<Method, "get">, P extends PathWith<M>>(
  method: M,
  path: P,
  options: ActionOptions<AnswerOf<P, M>> = {},
) {
  const cache = useQueryClient();
  type Input = ParamsOf<P & keyof paths, M> & { body?: BodyOf<P, M> };
  return useMutation<AnswerOf<P, M>, ProblemError, Input>({
    mutationFn: async (input) => {
      const { body, ...params } = input;
      const { data } = await sender(method)(path as string, { params, body: body ?? {} });
      return data as AnswerOf<P, M>;
    },
    onSuccess: (answer) => {
      void makeOld(cache, options.topics ?? []);
      options.done?.(answer);
    },
    onError: (problem) => {
      if (options.failed) options.failed(problem);
      else toast(problem.detail, { kind: "failed" });
    },
  });
}

/** Has the answers on screen that depend on these topics asked again, and the others when they are next shown. */
export async function makeOld(cache: QueryClient, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return;
  const old = new Set(topics);
  await askAgain(cache, (query) => ((query.meta?.["topics"] ?? []) as string[]).some((topic) => old.has(topic)));
}

/** The same for all answers that follow something: what changed is not known. */
export async function makeAllOld(cache: QueryClient): Promise<void> {
  await askAgain(cache, (query) => ((query.meta?.["topics"] ?? []) as string[]).length > 0);
}

/**
 * Answers that are on their way may have been made before the change, and count as new when they come: they are asked
 * again once they are here. They are not given up: with a slow server and a change every second nothing would ever come.
 */
async function askAgain(cache: QueryClient, isOld: (query: Query) => boolean): Promise<void> {
  const coming = new Set(cache.getQueryCache().findAll({ predicate: isOld, fetchStatus: "fetching" }));
  await cache.invalidateQueries({ predicate: isOld }, { cancelRefetch: false });
  if (coming.size > 0) await cache.invalidateQueries({ predicate: (query) => coming.has(query) }, { cancelRefetch: false });
}
