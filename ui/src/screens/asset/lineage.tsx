/** What is around an asset: a small picture of layers, and the same as lists. */

import { Link } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { toldApart } from "../../text/labels.ts";
import { ButtonLink } from "../../parts/button.tsx";
import { SelectField } from "../../parts/field.tsx";
import { cut, Name } from "../../parts/name.tsx";
import { Empty, Panel } from "../../parts/panel.tsx";
import { useParam } from "../../parts/url.ts";
import { When } from "../../parts/when.tsx";
import { STATES, Status } from "../../state/status.tsx";
import { assetAddress, stateOfAsset } from "../../text/asset.ts";
import { counted } from "../../text/number.ts";

type Lineage = Schemas["Lineage"];
type Near = Schemas["Neighbour"];
const DEPTHS = ["1", "2", "3", "5", "10"].map((value) => ({ value, title: value === "1" ? "1 step" : `${value} steps` }));
const BOX = { width: 170, height: 30, gapX: 60, gapY: 10 };
const DRAWN_MAX = 120;
const LABEL_SIGNS = 21;

export function LineageTab({ assetKey }: { assetKey: string }) {
  const [depthText, setDepth] = useParam("depth", "2");
  const depth = DEPTHS.some((each) => each.value === depthText) ? Number(depthText) : 2;
  const answer = useAnswer("/api/asset/lineage", { query: { key: assetKey, depth } }, { topics: ["assets", "locations"], keepsBefore: true });
  return (
    <div className="asset-tab">
      <div className="asset-tools">
        <SelectField label="How far" value={String(depth)} choices={DEPTHS} onChange={setDepth} />
        <ButtonLink to={`/asset-graph?around=${encodeURIComponent(assetKey)}`}>In the asset graph</ButtonLink>
      </div>
      <Panel answer={answer} rows={6}>
        {(lineage) =>
          lineage.nodes.length === 1 ? (
            <Empty title="Nothing is around it">
              <p>It is made from no other asset, and none is made from it.</p>
            </Empty>
          ) : (
            <>
              {lineage.nodes.length <= DRAWN_MAX ? (
                <Picture lineage={lineage} />
              ) : (
                <p className="soft">{counted(lineage.nodes.length, "asset")}: too many for a small picture; the lists have them all.</p>
              )}
              {lineage.is_cut && <p className="soft">There are more; these are the nearest.</p>}
              <div className="asset-sides">
                <Side title="Upstream" nodes={lineage.nodes.filter((near) => near.distance < 0)} none="It is made from no other asset." />
                <Side title="Downstream" nodes={lineage.nodes.filter((near) => near.distance > 0)} none="Nothing is made from it." />
              </div>
            </>
          )
        }
      </Panel>
    </div>
  );
}

function Side({ title, nodes, none }: { title: string; nodes: readonly Near[]; none: string }) {
  const sorted = [...nodes].sort((one, other) => Math.abs(one.distance) - Math.abs(other.distance));
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {sorted.length === 0 && <p className="soft">{none}</p>}
      <ul className="asset-list">
        {sorted.map((near) => (
          <li key={near.key} style={{ paddingLeft: (Math.abs(near.distance) - 1) * 16 }}>
            <Status state={stateOfAsset(near.state).state} word={stateOfAsset(near.state).word} />{" "}
            <Link href={assetAddress(near.key)}>
              <Name text={near.key} />
            </Link>{" "}
            <span className="soft">
              <When at={near.made_at} />
              {near.is_late && " · late"}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Layers by distance, from left to right. The lists beneath are its twin for screen readers. */
function Picture({ lineage }: { lineage: Lineage }) {
  const places = placed(lineage);
  const names = toldApart(
    lineage.nodes.map((near) => near.key),
    LABEL_SIGNS,
  );
  const width = Math.max(...[...places.values()].map((place) => place.x)) + BOX.width + 2;
  const height = Math.max(...[...places.values()].map((place) => place.y)) + BOX.height + 2;
  return (
    <div className="asset-wide" tabIndex={0} role="region" aria-label="picture of the lineage">
      <svg className="asset-lineage" width={width} height={height} aria-hidden="true">
        {lineage.edges.map(([from, to]) => {
          const start = places.get(from);
          const end = places.get(to);
          if (start === undefined || end === undefined || from === to) return null;
          const [x1, y1, x2, y2] = [start.x + BOX.width, start.y + BOX.height / 2, end.x, end.y + BOX.height / 2];
          const bend = Math.max(20, Math.abs(x2 - x1) / 2);
          return <path key={`${from} ${to}`} className="asset-edge" d={`M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`} />;
        })}
        {lineage.nodes.map((near) => {
          const place = places.get(near.key) ?? { x: 0, y: 0 };
          const look = STATES[stateOfAsset(near.state).state];
          return (
            <Link key={near.key} href={assetAddress(near.key)} tabIndex={-1} data-tip={near.key}>
              <g className="asset-node" data-colour={look.colour} data-here={near.distance === 0 || undefined} transform={`translate(${place.x} ${place.y})`}>
                <rect width={BOX.width} height={BOX.height} rx={4} />
                <text className="asset-node-shape" x={9} y={20}>
                  {look.shape}
                </text>
                <text x={26} y={20}>
                  {names.get(near.key) || cut(near.key, LABEL_SIGNS)}
                </text>
              </g>
            </Link>
          );
        })}
      </svg>
    </div>
  );
}

/** The layer of each: further from the middle than all that lies between, so that no line runs back. */
function layered({ nodes, edges }: Lineage): Map<string, number> {
  const layer = new Map(nodes.map((near) => [near.key, near.distance]));
  for (let round = 0; round < nodes.length; round += 1) {
    let isMoved = false;
    for (const [from, to] of edges) {
      const [start, end] = [layer.get(from) ?? 0, layer.get(to) ?? 0];
      if (from === to || start < end) continue;
      if (end > 0) layer.set(to, start + 1);
      else layer.set(from, end - 1);
      isMoved = true;
    }
    if (!isMoved) break;
  }
  return layer;
}

function placed(lineage: Lineage): Map<string, { x: number; y: number }> {
  const layerOf = layered(lineage);
  const layers = new Map<number, Near[]>();
  for (const near of lineage.nodes) {
    const distance = layerOf.get(near.key) ?? near.distance;
    layers.set(distance, [...(layers.get(distance) ?? []), near]);
  }
  const distances = [...layers.keys()].sort((one, other) => one - other);
  const tallest = Math.max(...[...layers.values()].map((layer) => layer.length));
  const places = new Map<string, { x: number; y: number }>();
  distances.forEach((distance, column) => {
    const layer = layers.get(distance) ?? [];
    const top = ((tallest - layer.length) * (BOX.height + BOX.gapY)) / 2;
    layer.forEach((near, row) => places.set(near.key, { x: 1 + column * (BOX.width + BOX.gapX), y: 1 + top + row * (BOX.height + BOX.gapY) }));
  });
  return places;
}
