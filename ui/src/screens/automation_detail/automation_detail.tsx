/** One schedule or sensor: how it is, what it did, its terms, its cursor; tried out and simulated. */

import { useState } from "react";
import { useParams } from "wouter";
import { useAnswer } from "../../api/hooks.ts";
import type { Schemas } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Menu } from "../../parts/menu.tsx";
import { Name } from "../../parts/name.tsx";
import { Page } from "../../parts/page.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Switch } from "../../parts/switch.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useParam } from "../../parts/url.ts";
import { Why } from "../../parts/why/why.tsx";
import { When } from "../../parts/when.tsx";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { useShortcuts } from "../../state/shortcuts.ts";
import { Status } from "../../state/status.tsx";
import { absolute } from "../../text/time.ts";
import { PauseDialog, useSwitch } from "../automation/acts.tsx";
import { lagText, LastTicks, NextTick } from "../automation/columns.tsx";
import { MissedDialog } from "../automation/missed.tsx";
import { idOf, lookOf, typeOf } from "../automation/place.ts";
import "../automation/automation.css";
import { Cursor } from "./cursor.tsx";
import { Definition } from "./definition.tsx";
import { Simulate } from "./simulate.tsx";
import { Test } from "./test.tsx";
import { Ticks } from "./ticks.tsx";
import { Tick } from "./tick.tsx";
import "./automation_detail.css";

export type Detail = Schemas["AutomationDetail"];
export interface Place {
  kind: "schedule" | "sensor";
  location: string;
  name: string;
}

export default function AutomationDetail() {
  const params = useParams<{ kind: string; location: string; name: string }>();
  const place: Place = {
    kind: params.kind === "schedule" ? "schedule" : "sensor",
    location: decodeURIComponent(params.location),
    name: decodeURIComponent(params.name),
  };
  const topics = [`automation:${idOf(place)}`, "locations"];
  const answer = useAnswer("/api/automations/{kind}/{location}/{name}", { path: place }, { topics });
  const { data } = answer;
  return (
    <Page title={place.name} heading={<Heading place={place} data={data} />} actions={data && <Actions detail={data} place={place} topics={topics} />}>
      <Panel answer={answer} rows={10}>
        {(detail) => <Body detail={detail} place={place} />}
      </Panel>
    </Page>
  );
}

function Heading({ place, data }: { place: Place; data: Detail | undefined }) {
  return (
    <span className="detail-heading">
      <Name text={place.name} most={60} />
      {data && <Status {...lookOf(data.row.state)} />}
      <span className="soft detail-kind">
        {data ? typeOf(data.row.type) : place.kind} · <bdi>{place.location}</bdi>
      </span>
    </span>
  );
}

function Actions({ detail, place, topics }: { detail: Detail; place: Place; topics: readonly string[] }) {
  const { row, missed } = detail;
  const why = useWhyNot("operator");
  const { act } = useSwitch(topics);
  const [asked, setAsked] = useState<"pause" | "resume" | "on" | null>(null);
  const resume = () => {
    if (missed === null) act(place, { act: "resume" });
    else setAsked("resume");
  };
  const turnOn = () => {
    if (missed === null || row.quarantine !== null) act(place, { act: "on" });
    else setAsked(row.paused_until === null ? "on" : "resume");
  };
  const close = () => setAsked(null);
  const off = row.is_on ? undefined : "It is off.";
  const whyNotPause = why ?? off ?? (row.quarantine === null ? undefined : "It is in quarantine.");
  const called = `${place.kind} ${place.name}`;
  useActions([
    row.is_on ? { title: `turn off ${called}`, why, act: () => act(place, { act: "off" }) } : { title: `turn on ${called}`, why, act: turnOn },
    row.paused_until === null ? { title: `pause ${called}`, why: whyNotPause, act: () => setAsked("pause") } : { title: `resume ${called}`, why, act: resume },
  ]);
  return (
    <>
      {row.paused_until !== null && (
        <Button kind="primary" why={why} onPress={resume}>
          Resume{missed ? ` (${missed.is_more ? "more than " : ""}${missed.count} missed)` : ""}
        </Button>
      )}
      {row.quarantine !== null && (
        <Button kind="primary" why={why} onPress={() => act(place, { act: "on" })}>
          Take out of quarantine
        </Button>
      )}
      <Switch isOn={row.is_on} label={`${place.kind} ${place.name}`} why={why} onChange={(isOn) => (isOn ? turnOn() : act(place, { act: "off" }))} />
      <Menu
        label="More"
        items={[
          { title: "Pause…", onPick: () => setAsked("pause"), why: whyNotPause },
          { title: "Reset to code", onPick: () => act(place, { act: "code" }), why: why ?? (row.is_by_code && row.paused_until === null && row.quarantine === null ? "It is as its code says." : undefined) },
        ]}
      />
      {asked === "pause" && <PauseDialog bulk={{ ids: [idOf(place)], q: "", count: 1 }} onClose={close} onDone={() => undefined} />}
      {(asked === "resume" || asked === "on") && missed !== null && (
        <MissedDialog
          name={place.name}
          missed={missed}
          act={asked}
          onClose={close}
          onPick={(catch_up) => {
            act(place, { act: asked, catch_up });
            close();
          }}
        />
      )}
    </>
  );
}

function Body({ detail, place }: { detail: Detail; place: Place }) {
  const [tab, setTab] = useParam("tab", "ticks");
  const [tick] = useParam("tick");
  const isSensor = place.kind === "sensor";
  const tabs = [
    { id: "ticks", title: "Ticks" },
    { id: "why", title: "Why" },
    { id: "definition", title: "Definition" },
    ...(isSensor ? [{ id: "cursor", title: "Cursor" }] : []),
    { id: "test", title: "Test" },
    { id: "simulate", title: "Simulate" },
  ];
  useShortcuts([{ keys: "t", about: "test it", act: () => setTab("test") }]);
  useActions([{ title: `test ${place.kind} ${place.name}`, act: () => setTab("test") }]);
  return (
    <>
      <State detail={detail} />
      <Tabs tabs={tabs} current={tab} label={`parts of ${place.name}`} />
      {tab === "ticks" && (
        <div className="detail-ticks" data-open={tick !== "" || undefined}>
          <Ticks place={place} />
          {/^\d+$/.test(tick) && <Tick id={Number(tick)} />}
        </div>
      )}
      {tab === "why" && <Why about={{ ...place, zone: detail.row.timezone }} />}
      {tab === "definition" && <Definition detail={detail} />}
      {tab === "cursor" && detail.cursor !== null && <Cursor place={place} cursor={detail.cursor} />}
      {tab === "test" && <Test place={place} detail={detail} />}
      {tab === "simulate" && <Simulate place={place} detail={detail} />}
    </>
  );
}

/** What holds it, when it ticks, how it went: in lines above the tabs. */
function State({ detail }: { detail: Detail }) {
  const { row } = detail;
  return (
    <div className="detail-state">
      {row.quarantine !== null && (
        <p className="detail-halt" data-state="failed">
          <span aria-hidden="true">✕ </span>In quarantine: <bdi>{row.quarantine}</bdi>
        </p>
      )}
      {row.paused_until !== null && (
        <p className="detail-halt">
          <span aria-hidden="true">◷ </span>Paused until {absolute(new Date(row.paused_until), row.timezone ?? "UTC")} (<When at={row.paused_until} />)
          {row.pause_reason !== null && (
            <>
              : <bdi>{row.pause_reason}</bdi>
            </>
          )}
        </p>
      )}
      <p className="detail-line">
        <span>
          {row.when}
          {row.timezone && ` in ${row.timezone}`}
        </span>
        {row.next_at && (
          <span>
            next tick <NextTick row={row} /> <span className="soft">({absolute(new Date(row.next_at), row.timezone ?? "UTC")})</span>
          </span>
        )}
        {lagText(row) && <span className="automation-lag">{lagText(row)}</span>}
        <span>
          {row.runs_24h} {row.runs_24h === 1 ? "run" : "runs"} in 24 h
        </span>
        <LastTicks row={row} />
      </p>
      {row.description && <p className="soft detail-text">{row.description}</p>}
    </div>
  );
}
