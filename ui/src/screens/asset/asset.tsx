/** One asset: how it stands now, its partitions, what happened to it, what is around it, what it is. */

import { useState } from "react";
import { useLocation } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Tabs, type Tab } from "../../parts/tabs.tsx";
import { useParam } from "../../parts/url.ts";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { useShortcuts } from "../../state/shortcuts.ts";
import { keyOfAddress } from "../../text/asset.ts";
import { AssetState } from "../assets/columns.tsx";
import { MaterializeDialog } from "../assets/materialize_dialog.tsx";
import { WipeDialog } from "../assets/wipe_dialog.tsx";
import { BackfillDialog } from "../backfills/backfill_dialog.tsx";
import { ChecksTab } from "./checks_tab.tsx";
import { Definition } from "./definition.tsx";
import { Events } from "./events.tsx";
import { LineageTab } from "./lineage.tsx";
import { Now } from "./now.tsx";
import { PartitionsTab } from "./partitions_tab.tsx";
import { ReportDialog } from "./report_dialog.tsx";
import { WhyTab } from "./why_tab.tsx";
import "./asset.css";

type Detail = Schemas["AssetDetail"];
type Asked = "materialize" | "backfill" | "wipe" | "report";

export default function Asset() {
  const [path, go] = useLocation();
  // Read from the address itself, whose parts are encoded each.
  const key = keyOfAddress(path === "" ? path : location.pathname);
  const [tab] = useParam("tab", "now");
  const [pick] = useParam("pick", ""); // what is chosen of its partitions goes into the dialog as it is
  const [asked, setAsked] = useState<Asked | null>(null);
  const answer = useAnswer("/api/asset", { query: { key } }, { topics: [`asset:${key}`, "locations"] });
  const asset = answer.data;
  const why = useWhyNot("operator");
  const whyAdmin = useWhyNot("admin");
  const notMade = asset === undefined || asset.is_made_here ? undefined : "Nothing here makes it; what happened to it elsewhere can be reported.";
  const whyNotMake = why ?? notMade;
  useShortcuts([{ keys: "m", about: "materialise this asset", act: () => whyNotMake === undefined && setAsked("materialize") }]);
  useActions([
    { title: `materialise ${key}`, why: whyNotMake, act: () => setAsked("materialize") },
    ...(asset?.has_partitions === true ? [{ title: `backfill ${key}`, why: whyNotMake, act: () => setAsked("backfill") }] : []),
    { title: `report what happened to ${key} elsewhere`, why, act: () => setAsked("report") },
  ]);
  const close = () => setAsked(null);
  return (
    <Page
      title={key}
      heading={
        <>
          <Name text={key} most={70} /> <Copy text={key} what="key" />
        </>
      }
      under={
        <>
          <Line asset={asset} />
          <Tabs tabs={asset && tabsOf(asset)} current={tab} label="parts of the asset" />
        </>
      }
      actions={
        <>
          {asset?.has_partitions === true && (
            <Button why={whyNotMake} onPress={() => setAsked("backfill")}>
              Backfill…
            </Button>
          )}
          <Button kind="primary" why={whyNotMake} shortcut="m" onPress={() => setAsked("materialize")}>
            Materialise…
          </Button>
          <Menu
            label="More"
            items={[
              { title: "Report what happened elsewhere…", why, onPick: () => setAsked("report") },
              { title: "Wipe…", why: whyAdmin, isDanger: true, onPick: () => setAsked("wipe") },
            ]}
          />
        </>
      }
    >
      <Panel answer={answer} rows={8}>
        {(shown) => (
          <>
            {tab === "now" && <Now asset={shown} />}
            {tab === "partitions" && <PartitionsTab asset={shown} />}
            {tab === "events" && <Events assetKey={shown.key} />}
            {tab === "checks" && <ChecksTab assetKey={shown.key} />}
            {tab === "lineage" && <LineageTab assetKey={shown.key} />}
            {tab === "why" && <WhyTab asset={shown} />}
            {tab === "definition" && <Definition asset={shown} />}
          </>
        )}
      </Panel>
      {asked === "materialize" && <MaterializeDialog assets={[key]} hasPartitions={asset?.has_partitions} onClose={close} />}
      {asked === "backfill" && <BackfillDialog location={asset?.location ?? ""} assets={[key]} partitions={tab === "partitions" && pick !== "*" ? pick : ""} onClose={close} />}
      {asked === "report" && <ReportDialog assetKey={key} hasPartitions={asset?.has_partitions === true} onClose={close} />}
      {asked === "wipe" && (
        <WipeDialog
          asset={key}
          onClose={close}
          onDone={() => {
            close();
            if (asset?.is_known === false) go("/assets");
          }}
        />
      )}
    </Page>
  );
}

function tabsOf(asset: Detail): Tab[] {
  const trouble = asset.partitions?.counts["failed"] ?? 0;
  const failed = asset.checks.failed;
  return [
    { id: "now", title: "Now" },
    ...(asset.has_partitions ? [{ id: "partitions", title: "Partitions", count: trouble || asset.partitions?.total, isBad: trouble > 0 }] : []),
    { id: "events", title: "Events" },
    ...(asset.checks.total > 0 ? [{ id: "checks", title: "Checks", count: failed || asset.checks.total, isBad: failed > 0 }] : []),
    ...(asset.is_known ? [{ id: "lineage", title: "Lineage" }] : []),
    { id: "why", title: "Why" },
    ...(asset.is_known ? [{ id: "definition", title: "Definition" }] : []),
  ];
}

/** In one line, whatever is said of it: its definition has the whole. */
function Line({ asset }: { asset: Detail | undefined }) {
  return (
    <p className="asset-line">
      {asset && <AssetState row={asset} />}
      {asset?.description && <bdi className="soft">{asset.description}</bdi>}
    </p>
  );
}
