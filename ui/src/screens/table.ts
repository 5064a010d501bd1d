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
  { path: "/runs", component: lazy(() => import("./runs/runs.tsx")), nav: { title: "Runs", sign: "▶", key: "r" } },
  { path: "/system", component: lazy(() => import("./system/system.tsx")), nav: { title: "System", sign: "⚙", key: "s" } },
  { path: "/login", component: lazy(() => import("./login/login.tsx")) },
  { path: "/account", component: lazy(() => import("./account/account.tsx")) },
  { path: "/asset-graph", component: lazy(() => import("./asset_graph/asset_graph.tsx")) },
  { path: "/settings", component: lazy(() => import("./settings/settings.tsx")) },
];

export const NotFound = lazy(() => import("./not_found/not_found.tsx"));
