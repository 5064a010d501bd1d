/** What an asset is: description, owners, kinds, code, config, condition. */

import { Link } from "wouter";
import type { Schemas } from "../../api/types.ts";
import { CodeLink } from "../../parts/code_link.tsx";
import { Facts } from "../../parts/facts.tsx";
import { Markdown } from "../../parts/markdown.tsx";
import { Metadata, MetadataValue } from "../../parts/metadata.tsx";
import { Name } from "../../parts/name.tsx";
import { Empty } from "../../parts/panel.tsx";
import { assetAddress } from "../../text/asset.ts";

type Detail = Schemas["AssetDetail"];

export function Definition({ asset }: { asset: Detail }) {
  if (!asset.is_known)
    return (
      <Empty title="No code location defines it any more">
        <p>What is remembered of it stays, until somebody wipes it.</p>
      </Empty>
    );
  const tags = Object.entries(asset.tags).filter(([name]) => !name.startsWith("dagster/kind/"));
  return (
    <div className="asset-now">
      {asset.about && (
        <section aria-labelledby="asset-about">
          <h2 id="asset-about">Description</h2>
          <Markdown text={asset.about} />
        </section>
      )}
      <section aria-labelledby="asset-facts">
        <h2 id="asset-facts">Definition</h2>
        <Facts
          items={[
            ["Owners", asset.owners.length > 0 && <bdi>{asset.owners.join(", ")}</bdi>],
            ["Group", <bdi key="group">{asset.group}</bdi>],
            ["Kinds", asset.kinds.length > 0 && <bdi>{asset.kinds.join(", ")}</bdi>],
            ["Code location", <bdi key="location">{asset.location}</bdi>],
            ["Op", asset.op && <code>{asset.op}</code>],
            ["Code", asset.code === null ? asset.code_place !== null && <CodeLink place={asset.code_place} /> : <MetadataValue fact={asset.code} />],
            ["Code version", asset.code_version && <code>{asset.code_version}</code>],
            ["Jobs", asset.jobs.length > 0 && <Jobs names={asset.jobs} location={asset.location} />],
            ["Automations", asset.automations.length > 0 && <Automations asset={asset} />],
            ["Condition", asset.condition && <code className="asset-code">{asset.condition}</code>],
            ["Partitions", asset.partitions_facts && <span>{asset.partitions_facts.description}</span>],
            ["Freshness", asset.freshness?.policy],
            ["Tags", tags.length > 0 && <bdi>{tags.map(([name, value]) => (value ? `${name}=${value}` : name)).join(", ")}</bdi>],
            ["Made from", asset.upstream.length > 0 && <Keys keys={asset.upstream} />],
            ["What is made from it", asset.downstream.length > 0 && <Keys keys={asset.downstream} />],
          ]}
        />
      </section>
      {asset.metadata.length > 0 && (
        <section aria-labelledby="asset-metadata">
          <h2 id="asset-metadata">Metadata of the definition</h2>
          <Metadata facts={asset.metadata} />
        </section>
      )}
      {asset.config.length > 0 && <Config asset={asset} />}
    </div>
  );
}

function Config({ asset }: { asset: Detail }) {
  return (
    <section aria-labelledby="asset-config">
      <h2 id="asset-config">Config</h2>
      <div className="asset-wide" tabIndex={0} role="region" aria-label="config of the asset">
        <table>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Type</th>
              <th scope="col">Default</th>
              <th scope="col">About</th>
            </tr>
          </thead>
          <tbody>
            {asset.config.map((entry) => (
              <tr key={entry.name}>
                <td>
                  <code>{entry.name}</code>
                </td>
                <td>
                  <code>{entry.type}</code>
                </td>
                <td>{entry.is_required ? "required" : entry.default !== null && <code>{entry.default}</code>}</td>
                <td>{entry.description}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Jobs({ names, location }: { names: readonly string[]; location: string }) {
  return names.map((name, place) => (
    <span key={name}>
      {place > 0 && ", "}
      <Link href={`/jobs/${encodeURIComponent(location)}/${encodeURIComponent(name)}`}>
        <Name text={name} />
      </Link>
    </span>
  ));
}

function Automations({ asset }: { asset: Detail }) {
  return (
    <ul className="asset-list">
      {asset.automations.map((each) => (
        <li key={`${each.kind} ${each.name}`}>
          {each.kind === "schedule" ? "schedule" : "condition, evaluated by"} {each.name ? <Link href={automationAddress(each)}>{each.name}</Link> : "nobody"}{" "}
          <span className="soft">{each.text}</span>
          {!each.is_on && " (off)"}
        </li>
      ))}
    </ul>
  );
}

function automationAddress({ kind, location, name }: Detail["automations"][number]): string {
  return `/automation/${kind === "schedule" ? "schedule" : "sensor"}/${encodeURIComponent(location)}/${encodeURIComponent(name)}`;
}

function Keys({ keys }: { keys: readonly string[] }) {
  return keys.map((key, place) => (
    <span key={key}>
      {place > 0 && ", "}
      <Link href={assetAddress(key)}>
        <Name text={key} />
      </Link>
    </span>
  ));
}
