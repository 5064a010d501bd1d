/** Names for what the generated schema knows by path. */

import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];
export type Method = "get" | "post" | "put" | "patch" | "delete";

/** Paths that have an operation of a method. */
export type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never;
}[keyof paths];

export type OperationOf<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;

type Content<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type Ok<R> = R extends { 200: infer T }
  ? Content<T>
  : R extends { 201: infer T }
    ? Content<T>
    : R extends { 202: infer T }
      ? Content<T>
      : undefined;

/** What an operation answers. */
export type AnswerOf<P extends keyof paths, M extends Method> =
  OperationOf<P, M> extends { responses: infer R } ? Ok<R> : never;

/** What it is asked with, in path and query. */
export type ParamsOf<P extends keyof paths, M extends Method> =
  OperationOf<P, M> extends { parameters: infer Q } ? Pick<Q, Extract<keyof Q, "path" | "query">> : object;

/** What it is sent. */
export type BodyOf<P extends keyof paths, M extends Method> =
  OperationOf<P, M> extends { requestBody: { content: { "application/json": infer B } } }
    ? B
    : OperationOf<P, M> extends { requestBody?: { content: { "application/json": infer B } } }
      ? B | undefined
      : undefined;

/** The item of an answer that is a page of a long list. */
export type ItemOf<P extends PathWith<"get">> = AnswerOf<P, "get"> extends { items: (infer I)[] } ? I : never;
