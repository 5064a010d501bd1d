/** What somebody sets for this browser: zone, theme, density, shortcuts, editor. */

import { Page } from "../../parts/page.tsx";
import { CheckField, SelectField, TextField } from "../../parts/field.tsx";
import { change, useSettings, type Settings } from "../../state/settings.ts";
import "./settings.css";

const ZONES = ["browser", "UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];
const HOURS = [
  { value: "24", title: "0 to 23: 14:05" },
  { value: "12", title: "twice 1 to 12: 2:05 PM" },
];
const THEMES = [
  { value: "system", title: "as the system" },
  { value: "light", title: "light" },
  { value: "dark", title: "dark" },
];
const DENSITIES = [
  { value: "compact", title: "compact: rows of 32 px" },
  { value: "comfortable", title: "comfortable: rows of 40 px" },
];

export default function SettingsScreen() {
  const now = useSettings();
  return (
    <Page title="Settings">
      <p className="soft">These hold for this browser, and are kept in it.</p>
      <form className="settings" onSubmit={(event) => event.preventDefault()}>
        <SelectField
          label="Times are shown in"
          value={now.zone}
          onChange={(zone) => change({ zone })}
          choices={ZONES.map((zone) => ({ value: zone, title: zone === "browser" ? "the browser’s zone" : zone }))}
        />
        <SelectField label="Hours" value={now.hours} choices={HOURS} onChange={(hours) => change({ hours: hours as Settings["hours"] })} />
        <SelectField label="Theme" value={now.theme} choices={THEMES} onChange={(theme) => change({ theme: theme as Settings["theme"] })} />
        <SelectField
          label="Density"
          value={now.density}
          choices={DENSITIES}
          onChange={(density) => change({ density: density as Settings["density"] })}
        />
        <CheckField
          label="Single keys act (j, k, r, g h, …)"
          hint="Ctrl+K works either way; ? lists them."
          value={now.hasShortcuts}
          onChange={(hasShortcuts) => change({ hasShortcuts })}
        />
        <TextField
          label="Address of your editor"
          hint="With {file} and {line}, for example vscode://file/{file}:{line}; empty: no links."
          value={now.editor}
          isMono
          onChange={(editor) => change({ editor })}
        />
      </form>
    </Page>
  );
}
