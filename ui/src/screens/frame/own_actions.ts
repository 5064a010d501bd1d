/** What the palette can do on every page. */

import type { PaletteAction } from "../../state/actions.ts";
import { change, type Settings } from "../../state/settings.ts";

const THEMES: readonly Settings["theme"][] = ["light", "dark", "system"];

/** The actions, as the settings are now. */
export function ownActions(settings: Settings): PaletteAction[] {
  const isCompact = settings.density === "compact";
  return [
    ...THEMES.filter((theme) => theme !== settings.theme).map((theme) => ({
      title: theme === "system" ? "use the system’s theme" : `use the ${theme} theme`,
      act: () => change({ theme }),
    })),
    {
      title: isCompact ? "make rows comfortable" : "make rows compact",
      act: () => change({ density: isCompact ? "comfortable" : "compact" }),
    },
    {
      title: settings.zone === "UTC" ? "show times in the browser’s zone" : "show times in UTC",
      act: () => change({ zone: settings.zone === "UTC" ? "browser" : "UTC" }),
    },
  ];
}
