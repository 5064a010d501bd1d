/** The API's own description (OpenAPI), as far as this page shows it. */

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  default?: unknown;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  noun: string;
  summary: string;
  description: string;
  /** The least role that may do it; null: anybody, also without login. */
  role: string | null;
  parameters: Parameter[];
  body: Schema | null;
  answers: { status: string; type: string; schema: Schema | null }[];
}

export interface Description {
  version: string;
  operations: Operation[];
  schemas: Record<string, Schema>;
}

interface Told {
  info: { version: string };
  paths: Record<string, Record<string, ToldOperation>>;
  components?: { schemas?: Record<string, Schema> };
}

type Contents = Record<string, { schema?: Schema }>;

interface ToldOperation {
  operationId: string;
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Contents };
  responses: Record<string, { content?: Contents }>;
  "x-role"?: string | null;
}

/** The description as the server tells it. */
export async function readDescription(signal: AbortSignal): Promise<Description> {
  const answer = await fetch("/api/openapi.json", { signal });
  const told = (await answer.json()) as Told;
  const operations = Object.entries(told.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => operationOf(path, method, each)),
  );
  operations.sort((a, b) => a.noun.localeCompare(b.noun) || a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
  return { version: told.info.version, operations, schemas: told.components?.schemas ?? {} };
}

function operationOf(path: string, method: string, told: ToldOperation): Operation {
  const body = Object.values(told.requestBody?.content ?? {})[0]?.schema ?? null;
  const good = Object.entries(told.responses).filter(([status]) => status.startsWith("2"));
  return {
    id: told.operationId,
    method: method.toUpperCase(),
    path,
    noun: path.split("/")[2] ?? "",
    summary: told.description?.split("\n")[0] ?? told.summary ?? "",
    description: told.description ?? "",
    role: told["x-role"] ?? null,
    parameters: (told.parameters ?? []).filter((each) => each.in !== "header"),
    body,
    answers: good.map(([status, answer]) => {
      const [type = "", content] = Object.entries(answer.content ?? {})[0] ?? [];
      return { status, type, schema: content?.schema ?? null };
    }),
  };
}

/** A schema's type in few words: `string`, `list of RunRow`, `integer or null`. */
export function typeText(schema: Schema | null | undefined): string {
  if (!schema) return "nothing";
  if (schema.$ref) return nameOf(schema.$ref);
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" or ");
  if (schema.type === "array") return `list of ${typeText(schema.items)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") return `map to ${typeText(schema.additionalProperties)}`;
  return schema.format ? `${schema.type ?? "value"} (${schema.format})` : (schema.type ?? "any value");
}

/** Names of the schemas that a schema speaks of, itself first. */
export function namesIn(schema: Schema | null | undefined): string[] {
  if (!schema) return [];
  if (schema.$ref) return [nameOf(schema.$ref)];
  return [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap(namesIn);
}

function nameOf(ref: string): string {
  return ref.split("/").at(-1) ?? ref;
}

/** How a shell asks for it. */
export function curlOf(operation: Operation, origin: string, schemas: Record<string, Schema>): string {
  const path = operation.path.replaceAll("{", "<").replaceAll("}", ">");
  const needed = operation.parameters.filter((each) => each.in === "query" && each.required).map((each) => `${each.name}=<${each.name}>`);
  const query = needed.length > 0 ? `?${needed.join("&")}` : "";
  const stream = operation.answers.some((each) => each.type === "text/event-stream") ? "-N " : "";
  const lines = [`curl ${stream}'${origin}${path}${query}'`];
  if (operation.method !== "GET") {
    const body = operation.body ? JSON.stringify(exampleOf(operation.body, schemas)) : "{}";
    lines.push(`-X ${operation.method}`, `-H 'Content-Type: application/json'`, `-d '${body.replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}

/** A value that a schema could have: its required parts. */
function exampleOf(schema: Schema, schemas: Record<string, Schema>, depth = 0): unknown {
  if (depth > 4) return null;
  if (schema.$ref) return exampleOf(schemas[nameOf(schema.$ref)] ?? {}, schemas, depth + 1);
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return exampleOf(schema.anyOf[0] ?? {}, schemas, depth + 1);
  switch (schema.type) {
    case "array":
      return [];
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 1;
    case "object": {
      const parts = (schema.required ?? []).map((name) => [name, exampleOf(schema.properties?.[name] ?? {}, schemas, depth + 1)]);
      return Object.fromEntries(parts) as Record<string, unknown>;
    }
    default:
      return schema.format === "date-time" ? "2026-05-12T09:00:00Z" : "…";
  }
}
