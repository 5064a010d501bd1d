/** Settings of the instance, those first that differ from their default. */

import type { Schemas } from "../../api/types.ts";
import { Facts } from "../../parts/facts.tsx";
import { Panel, type AnswerLike } from "../../parts/panel.tsx";

type System = Schemas["SystemShape"];

export function SettingsTab({ answer }: { answer: AnswerLike<System> }) {
  return (
    <>
      <Panel title="Changed" answer={answer}>
        {(system) => {
          const changed = Object.keys(system.settings).filter((name) => !system.settings_default.includes(name));
          return changed.length === 0 ? (
            <p className="soft">
              Every setting stands at its default. They are changed in <code>watchbell.yaml</code> of the home folder.
            </p>
          ) : (
            <Facts isWide items={changed.map((name) => [name, text(system.settings[name])] as const)} />
          );
        }}
      </Panel>
      <Panel title="At their default" answer={answer}>
        {(system) => (
          <Facts isWide items={system.settings_default.map((name) => [name, text(system.settings[name])] as const)} />
        )}
      </Panel>
    </>
  );
}

function text(value: unknown): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
