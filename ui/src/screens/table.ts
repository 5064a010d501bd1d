/** Every screen: its address, its title, and how it is loaded. Those with a key stand in the navigation. */

import { parse } from "regexparam";
import { matchRoute } from "wouter";
import { loaded, type Loaded } from "./loaded.ts";

export interface Screen extends Loaded {
  /** As wouter has them: `/runs/:runId`. */
  path: string;
  /** In the navigation: its word, its sign, and the key after `g`. */
  nav?: { title: string; sign: string; key: string };
}

export const SCREENS: readonly Screen[] = [
  { path: "/", ...loaded(() => import("./home/home.tsx")), nav: { title: "Home", sign: "⌂", key: "h" } },
  { path: "/runs", ...loaded(() => import("./runs/runs.tsx")), nav: { title: "Runs", sign: "▶", key: "r" } },
  { path: "/runs/:runId", ...loaded(() => import("./run/run.tsx")) },
  { path: "/assets", ...loaded(() => import("./assets/assets.tsx")), nav: { title: "Assets", sign: "◆", key: "a" } },
  { path: "/assets/*", ...loaded(() => import("./asset/asset.tsx")) },
  { path: "/checks", ...loaded(() => import("./checks/checks.tsx")) },
  { path: "/automation", ...loaded(() => import("./automation/automation.tsx")), nav: { title: "Automation", sign: "◷", key: "u" } },
  { path: "/automation/:kind/:location/:name", ...loaded(() => import("./automation_detail/automation_detail.tsx")) },
  { path: "/jobs", ...loaded(() => import("./jobs/jobs.tsx")), nav: { title: "Jobs", sign: "⚒", key: "j" } },
  { path: "/jobs/:location/:name", ...loaded(() => import("./job/job.tsx")) },
  { path: "/jobs/:location/:name/launch", ...loaded(() => import("./launchpad/launchpad.tsx")) },
  { path: "/backfills", ...loaded(() => import("./backfills/backfills.tsx")), nav: { title: "Backfills", sign: "▦", key: "b" } },
  { path: "/backfills/:id", ...loaded(() => import("./backfill/backfill.tsx")) },
  { path: "/system", ...loaded(() => import("./system/system.tsx")), nav: { title: "System", sign: "⚙", key: "s" } },
  { path: "/login", ...loaded(() => import("./login/login.tsx")) },
  { path: "/account", ...loaded(() => import("./account/account.tsx")) },
  { path: "/asset-graph", ...loaded(() => import("./asset_graph/asset_graph.tsx")) },
  { path: "/docs", ...loaded(() => import("./api_docs/api_docs.tsx")) },
  { path: "/settings", ...loaded(() => import("./settings/settings.tsx")) },
];

/** The screens in the navigation, in its order. */
export const NAVIGATION = SCREENS.flatMap(({ path, nav }) => (nav === undefined ? [] : [{ path, ...nav }]));

const NOT_FOUND = loaded(() => import("./not_found/not_found.tsx"));

export const NotFound = NOT_FOUND.component;

/** Fetches the code of the screen at a path. */
export function fetchScreen(path: string): Promise<void> {
  const screen = SCREENS.find((each) => matchRoute(parse, each.path, path)[0]) ?? NOT_FOUND;
  return screen.fetch();
}
