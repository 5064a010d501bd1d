/** The graph of assets: groups as boxes that open in place, the surroundings of one asset, the ways between two. */

import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import { GraphList } from "../../graph/graph_list.tsx";
import { GraphView } from "../../graph/graph_view.tsx";
import { Button, ButtonLink } from "../../parts/button.tsx";
import { TextField } from "../../parts/field.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Empty, NothingFits, Panel } from "../../parts/panel.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useParam } from "../../parts/url.ts";
import { counted } from "../../text/number.ts";
import { foundIn, graphOf, groupOf, openGroups, openText, type Assets } from "./boxes.ts";
import { Surroundings } from "./surroundings.tsx";
import "./asset_graph.css";

const TABS = [
  { id: "graph", title: "Graph" },
  { id: "list", title: "List" },
];

export default function AssetGraph() {
  const [q, setQ] = useParam("q", "");
  const [chosen, setChosen] = useParam("select", "");
  const [around, setAround] = useParam("around", "");
  const [depth] = useParam("depth", "");
  const [pathTo, setPathTo] = useParam("path_to", "");
  const [tab] = useParam("tab", "graph");
  const query = {
    ...(q && { q }),
    ...(chosen && { selection: chosen }),
    ...(around && { around }),
    ...(around && depth && { depth: Number(depth) }),
    ...(around && pathTo && { path_to: pathTo }),
  };
  const answer = useAnswer("/api/asset-graph", { query }, { topics: ["assets", "locations"], keepsBefore: true });
  const clear = () => {
    setQ("");
    setChosen("");
    setAround("");
    setPathTo("");
  };
  const filter = [q, chosen, around && `around ${around}`, pathTo && `to ${pathTo}`].filter(Boolean).join(" ");
  return (
    <Page
      title="Asset graph"
      isFilling
      actions={<ButtonLink to={listAddress(q, chosen)}>As a list of assets</ButtonLink>}
      under={<Tabs tabs={TABS} current={tab} label="how the graph is shown" />}
    >
      <Surroundings />
      <Panel answer={answer} isFilling rows={10}>
        {(assets) =>
          assets.nodes.length > 0 ? (
            <Shown assets={assets} isList={tab === "list"} />
          ) : filter ? (
            <NothingFits filter={filter} onClear={clear} />
          ) : (
            <Empty title="There are no assets">
              <p>A function that makes data becomes one:</p>
              <pre>
                <code>{"@dg.asset\ndef orders() -> None: ..."}</code>
              </pre>
            </Empty>
          )
        }
      </Panel>
    </Page>
  );
}

/** The catalog with the same assets. */
function listAddress(q: string, chosen: string): string {
  const text = new URLSearchParams({ ...(q && { q }), ...(chosen && { select: chosen }) }).toString();
  return text ? `/assets?${text}` : "/assets";
}

function Shown({ assets, isList }: { assets: Assets; isList: boolean }) {
  const [, go] = useLocation();
  const [openParam, setOpen] = useParam("open", "", true);
  const [at, setAt] = useParam("at", "", true);
  const [search, setSearch] = useState("");
  const open = useMemo(() => openGroups(openParam, assets), [openParam, assets]);
  // The ages beneath the names are those of the answer: a graph that is drawn anew each second would be noise.
  const graph = useMemo(() => graphOf(assets, open, new Date(assets.at)), [assets, open]);
  const found = useMemo(() => foundIn(assets, open, search), [assets, open, search]);
  const groups = useMemo(() => [...new Set(assets.nodes.map((node) => node.group))].sort(), [assets]);
  const flip = (group: string) => {
    const next = new Set(open);
    if (!next.delete(group)) next.add(group);
    setOpen(openText(next, assets));
  };
  const openNode = (id: string) => {
    const group = groupOf(id);
    if (group !== null) flip(group);
    else go(`/assets/${id.split("/").map(encodeURIComponent).join("/")}`);
  };
  return (
    <>
      <div className="asset-graph-bar">
        <TextField label="Find" isLabelHidden type="search" placeholder="Find an asset" value={search} onChange={setSearch} />
        <span role="status" className="soft">
          {found === null ? counted(assets.nodes.length, "asset") : `${counted(found.size, "match", "matches")}`}
          {assets.is_cut && ", not all of them: filter the list"}
        </span>
        <Button isSmall why={open.size === groups.length ? "All groups are open." : undefined} onPress={() => setOpen("*")}>
          Open all groups
        </Button>
        <Button isSmall why={open.size === 0 ? "No group is open." : undefined} onPress={() => setOpen("-")}>
          Close all
        </Button>
        {open.size < groups.length &&
          [...open].sort().map((group) => (
            <Button key={group} isSmall kind="quiet" label={`Close group ${group}`} onPress={() => flip(group)}>
              <Name text={group} most={20} /> ×
            </Button>
          ))}
        {at !== "" && groupOf(at) === null && <AroundButton at={at} />}
      </div>
      {isList ? (
        <GraphList graph={graph} label="Assets and what they are made from" />
      ) : (
        <>
          <p className="asset-graph-narrow">
            The graph needs a wider screen. The <strong>List</strong> above has the same.
          </p>
          <GraphView
            graph={graph}
            label="Asset graph"
            current={at === "" ? null : at}
            setCurrent={(id) => setAt(id ?? "")}
            open={openNode}
            found={found}
            file="assets"
          />
        </>
      )}
    </>
  );
}

/** From the asset in focus to its surroundings alone; of two, to the ways between them. */
function AroundButton({ at }: { at: string }) {
  const [around, setAround] = useParam("around", "");
  const [pathTo, setPathTo] = useParam("path_to", "");
  if (around === at) return null;
  return (
    <>
      <Button isSmall onPress={() => setAround(at)}>
        Only around <Name text={at} most={28} />
      </Button>
      {around !== "" && pathTo !== at && (
        <Button isSmall onPress={() => setPathTo(at)}>
          Only the ways from <Name text={around} most={20} /> to it
        </Button>
      )}
    </>
  );
}
