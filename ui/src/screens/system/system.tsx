/** The machinery: services, code locations, pools, settings, a report. */

import { useAction, useAnswer } from "../../api/hooks.ts";
import { Page } from "../../parts/page.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { toast } from "../../parts/toast.tsx";
import { useParam } from "../../parts/url.ts";
import { useActions } from "../../state/actions.ts";
import { useWhyNot } from "../../state/caller.ts";
import { AuditLog } from "../audit/audit.tsx";
import { Accounts } from "./accounts.tsx";
import { Locations } from "./locations.tsx";
import { Pools } from "./pools.tsx";
import { Report } from "./report.tsx";
import { Services } from "./services.tsx";
import { SettingsTab } from "./settings_tab.tsx";
import "./system.css";

const TABS = [
  { id: "services", title: "Services" },
  { id: "locations", title: "Code locations" },
  { id: "pools", title: "Pools" },
  { id: "accounts", title: "Accounts" },
  { id: "audit", title: "Audit log" },
  { id: "settings", title: "Settings" },
  { id: "report", title: "Report" },
] as const;

export default function System() {
  const [tab] = useParam("tab", "services");
  const why = useWhyNot("operator");
  const reload = useAction("post", "/api/locations/reload", { done: (told) => toast(told.text), topics: ["locations"] });
  useActions([{ title: "load all code locations anew", why, act: () => reload.isPending || reload.mutate({}) }]);
  return (
    <Page title="System" under={<Tabs tabs={TABS} current={tab} label="parts of the system" />}>
      {tab === "services" && <ServicesTab />}
      {tab === "locations" && <Locations />}
      {tab === "pools" && <Pools />}
      {tab === "accounts" && <Accounts />}
      {tab === "audit" && <AuditLog />}
      {tab === "settings" && <SettingsOfInstance />}
      {tab === "report" && <Report />}
    </Page>
  );
}

function ServicesTab() {
  return <Services answer={useAnswer("/api/system", {}, { topics: ["service", "runs"] })} />;
}

function SettingsOfInstance() {
  return <SettingsTab answer={useAnswer("/api/system", {}, { topics: ["service"] })} />;
}
