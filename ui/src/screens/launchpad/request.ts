/** A run that was previewed elsewhere and is to be launched here; it stands in the address, or under a name in the session's storage. */

import { isConfig } from "./schema.ts";
import { toYaml } from "./yaml.ts";

export interface Request {
  text: string;
  partition: string;
  tags: Record<string, string>;
}

/** The request in the parameter `draft`: JSON with `run_config`, `tags` and `partition_key`, or the key of such text in sessionStorage. */
export function readRequest(text: string | null): Request | null {
  if (text === null || text === "") return null;
  try {
    const found: unknown = JSON.parse(text.startsWith("{") ? text : (sessionStorage.getItem(text) ?? "null"));
    if (!isConfig(found)) return null;
    const config = found["run_config"];
    const tags = isConfig(found["tags"]) ? Object.entries(found["tags"]).filter((each): each is [string, string] => typeof each[1] === "string") : [];
    const partition = found["partition_key"];
    return {
      text: isConfig(config) && Object.keys(config).length > 0 ? toYaml(config) : "",
      partition: typeof partition === "string" ? partition : "",
      tags: Object.fromEntries(tags),
    };
  } catch {
    return null;
  }
}
