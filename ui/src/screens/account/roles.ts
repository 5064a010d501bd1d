/** Roles as people choose them. */

import type { Schemas } from "../../api/types.ts";

export const ROLES = [
  { value: "viewer", title: "viewer: looks" },
  { value: "operator", title: "operator: also runs, stops, switches" },
  { value: "admin", title: "admin: also deletes, and accounts" },
] as const;

/** A role as it was chosen. */
export function roleOf(text: string): Schemas["Role"] {
  return text === "admin" || text === "operator" ? text : "viewer";
}
