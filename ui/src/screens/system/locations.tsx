/** Code locations: what each defines, or why it does not load; loading them anew. */

import { useAction, useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { toast } from "../../parts/toast.tsx";
import { When } from "../../parts/when.tsx";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { Status, type State } from "../../state/status.tsx";
import { counted } from "../../text/number.ts";

type Location = Schemas["LocationShape"];

const STATES: Record<string, [State, string]> = {
  loaded: ["done", "loaded"],
  loading: ["queued", "is being loaded"],
  failed: ["failed", "does not load"],
  older: ["attention", "older version in use"],
};

export function Locations() {
  const answer = useAnswer("/api/locations", {}, { topics: ["locations", "service"] });
  const why = useWhyNot("operator");
  const done = (told: { text: string }) => toast(told.text);
  const all = useAction("post", "/api/locations/reload", { done, topics: ["locations"] });
  const one = useAction("post", "/api/locations/{location}/reload", { done, topics: ["locations"] });
  const load = (location: string) => one.mutate({ path: { location } });
  useActions((answer.data?.items ?? []).map(({ name }) => ({ title: `load code location ${name} anew`, why, act: () => load(name) })));
  return (
    <Panel
      title="Code locations"
      answer={answer}
      actions={
        <Button why={why} isBusy={all.isPending} onPress={() => all.mutate({})}>
          Load all anew
        </Button>
      }
    >
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No code is loaded">
            <p>
              Name it where the service is started: <code>watchbell dev -f definitions.py</code>
            </p>
          </Empty>
        ) : (
          <ul className="system-list">
            {items.map((each) => (
              <Row key={each.name} location={each} why={why} reload={() => load(each.name)} />
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

function Row({ location, why, reload }: { location: Location; why: string | undefined; reload: () => void }) {
  const [state, word] = STATES[location.state] ?? ["attention", location.state];
  const { error } = location;
  return (
    <li className="system-location">
      <div className="system-location-head">
        <Status state={state} word={word} />
        <h3>
          <Name text={location.name} />
        </h3>
        {location.state !== "failed" && location.state !== "loading" && (
          <span className="soft">
            {counted(location.assets, "asset")}, {counted(location.jobs, "job")}, {counted(location.schedules, "schedule")},{" "}
            {counted(location.sensors, "sensor")}
            {location.version && (
              <>
                {" · version "}
                <code>{location.version}</code>
              </>
            )}
          </span>
        )}
        <Button isSmall why={why} label={`Load anew: ${location.name}`} onPress={reload}>
          Load anew
        </Button>
      </div>
      {error && (
        <div className="system-error">
          <p>
            {error.message} <When at={error.at} /> <Copy text={`${error.message}\n${error.details}`} what="error" />
          </p>
          {error.details && (
            <pre tabIndex={0} role="region" aria-label={`why ${location.name} does not load`}>
              {error.details}
            </pre>
          )}
          {error.older_goes_on && <p>The last good version goes on until this is mended.</p>}
        </div>
      )}
      {location.resources !== undefined && location.resources.length > 0 && <Resources location={location} resources={location.resources} />}
      {location.warnings?.map((warning) => (
        <p key={warning} className="system-warning">
          {warning}
        </p>
      ))}
    </li>
  );
}

function Resources({ location, resources }: { location: Location; resources: readonly Schemas["ResourceShape"][] }) {
  return (
    <details className="system-resources">
      <summary>{counted(resources.length, "resource")}</summary>
      <div className="system-scroll" tabIndex={0} role="region" aria-label={`resources of ${location.name}`}>
        <table className="system-table">
          <thead>
            <tr>
              <th scope="col">Resource</th>
              <th scope="col">What it is</th>
              <th scope="col">Config it takes</th>
              <th scope="col">Needs</th>
            </tr>
          </thead>
          <tbody>
            {resources.map((each) => (
              <tr key={each.key}>
                <td>
                  <Name text={each.key} />
                </td>
                <td>
                  <Name text={each.description.split("\n")[0] ?? ""} most={80} />
                </td>
                <td>
                  <Name text={each.config.join("; ")} most={80} />
                </td>
                <td>{each.needs.join(", ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
