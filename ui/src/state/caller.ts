/** Who I am here, and what I may do. */

import { useAnswer } from "../api/hooks.ts";

const RANK = ["viewer", "operator", "admin"];

/** The service as every page's frame shows it. */
export function useService() {
  return useAnswer("/api/service", {}, { topics: ["service", "locations", "attention"] });
}

/** Why I may not do what needs a role; undefined if I may. For the `why` of buttons. */
export function useWhyNot(role: "operator" | "admin"): string | undefined {
  const { data } = useService();
  if (data === undefined || RANK.indexOf(data.role) >= RANK.indexOf(role)) return undefined;
  return `This needs the role ${role}; ${data.caller} is ${data.role}.`;
}
