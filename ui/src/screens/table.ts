/** Every screen: its address, its title, and how it is loaded. Those with a key stand in the navigation. */

import { lazy, type ComponentType } from "react";

export interface Screen {
  /** As wouter has them: `/runs/:runId`. */
  path: string;
  component: ComponentType;
  /** In the navigation: its word, its sign, and the key after `g`. */
  nav?: { title: string; sign: string; key: string };
}

export const SCREENS: readonly Screen[] = [
  { path: "/", component: lazy(() => import("./home/home.tsx")), nav: { title: "Home", sign: "⌂", key: "h" } },
  { path: "/runs", component: lazy(() => import("./runs/runs.tsx")), nav: { title: "Runs", sign: "▶", key: "r" } },
  { path: "/runs/:runId", component: lazy(() => import("./run/run.tsx")) },
  { path: "/assets", component: lazy(() => import("./assets/assets.tsx")), nav: { title: "Assets", sign: "◆", key: "a" } },
  { path: "/assets/*", component: lazy(() => import("./asset/asset.tsx")) },
  { path: "/checks", component: lazy(() => import("./checks/checks.tsx")) },
  { path: "/automation", component: lazy(() => import("./automation/automation.tsx")), nav: { title: "Automation", sign: "◷", key: "u" } },
  { path: "/automation/:kind/:location/:name", component: lazy(() => import("./automation_detail/automation_detail.tsx")) },
  { path: "/jobs", component: lazy(() => import("./jobs/jobs.tsx")), nav: { title: "Jobs", sign: "⚒", key: "j" } },
  { path: "/jobs/:location/:name", component: lazy(() => import("./job/job.tsx")) },
  { path: "/jobs/:location/:name/launch", component: lazy(() => import("./launchpad/launchpad.tsx")) },
  { path: "/backfills", component: lazy(() => import("./backfills/backfills.tsx")), nav: { title: "Backfills", sign: "▦", key: "b" } },
  { path: "/backfills/:id", component: lazy(() => import("./backfill/backfill.tsx")) },
  { path: "/system", component: lazy(() => import("./system/system.tsx")), nav: { title: "System", sign: "⚙", key: "s" } },
  { path: "/login", component: lazy(() => import("./login/login.tsx")) },
  { path: "/account", component: lazy(() => import("./account/account.tsx")) },
  { path: "/asset-graph", component: lazy(() => import("./asset_graph/asset_graph.tsx")) },
  { path: "/docs", component: lazy(() => import("./api_docs/api_docs.tsx")) },
  { path: "/settings", component: lazy(() => import("./settings/settings.tsx")) },
];

/** The screens in the navigation, in its order. */
export const NAVIGATION = SCREENS.flatMap(({ path, nav }) => (nav === undefined ? [] : [{ path, ...nav }]));

export const NotFound = lazy(() => import("./not_found/not_found.tsx"));
