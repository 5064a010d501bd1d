/** Labelled facts of users, of every kind there is; what they hold is shown as text, and links only to the web. */

import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import type { Schemas } from "../api/types.ts";
import { assetAddress } from "../text/asset.ts";
import { count } from "../text/number.ts";
import { safeHref } from "../text/markdown.ts";
import { Button } from "./button.tsx";
import { CodeAddress } from "./code_link.tsx";
import { Copy } from "./copy.tsx";
import { Markdown } from "./markdown.tsx";
import { Ident } from "./name.tsx";
import { When } from "./when.tsx";
import "./metadata.css";

export type Fact = Schemas["MetadataShape"];

const LONG_CHARS = 300;

/** All of them, as a list of labels and values; nothing where there are none. */
export function Metadata({ facts, none = null }: { facts: readonly Fact[]; none?: ReactNode }) {
  if (facts.length === 0) return none;
  return (
    <dl className="metadata">
      {facts.map((fact) => (
        <div key={fact.label} className="metadata-fact">
          <dt>
            <bdi>{fact.label}</bdi>
          </dt>
          <dd>
            <MetadataValue fact={fact} />
            {fact.is_cut && <p className="soft">There is more of it than is shown here.</p>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** One value. */
export function MetadataValue({ fact }: { fact: Fact }): ReactNode {
  const { kind, value } = fact;
  switch (kind) {
    case "text":
      return <Long text={text(value)} />;
    case "url":
      return <Web href={text(value)} />;
    case "path":
    case "notebook":
      return (
        <span className="metadata-line">
          <code>{text(value)}</code> <Copy text={text(value)} what="path" />
        </span>
      );
    case "json":
      return <Long text={JSON.stringify(value, null, 2) ?? "null"} isCode />;
    case "markdown":
      return <Markdown text={text(value)} topLevel={4} />;
    case "float":
    case "int":
      return <span className="metadata-number">{typeof value === "number" ? number(value) : text(value)}</span>;
    case "bool":
      return value === true ? "true" : "false";
    case "timestamp":
      return <When at={new Date(Number(value) * 1000).toISOString()} isAbsolute />;
    case "asset":
      return <Link href={assetAddress(text(value))}>{text(value)}</Link>;
    case "run":
      return (
        <span className="metadata-line">
          <Link href={`/runs/${encodeURIComponent(text(value))}`}>run</Link> <Ident id={text(value)} />
        </span>
      );
    case "job":
      return <Job name={text(field(value, "name"))} location={text(field(value, "location"))} />;
    case "null":
      return <span className="soft">nothing</span>;
    case "table":
      return <Table columns={texts(field(value, "columns"))} rows={records(field(value, "rows"))} />;
    case "table_schema":
      return <Table columns={["name", "type", "description"]} rows={records(field(value, "columns"))} />;
    case "column_lineage":
      return <ColumnLineage columns={records(field(value, "columns"))} />;
    case "code":
      return <CodePlaces places={records(field(value, "places"))} />;
    default:
      return <code>{text(value)}</code>;
  }
}

/** Where code stands: in the editor of the settings, or on the web. */
export function CodePlaces({ places }: { places: readonly Record<string, unknown>[] }) {
  return (
    <ul className="metadata-list">
      {places.map((place, at) => {
        const file = text(place["file"]);
        const line = place["line"] === null ? 1 : Number(text(place["line"]));
        if (!file) return <li key={at}>{<Web href={text(place["url"])} />}</li>;
        return (
          <li key={at} className="metadata-line">
            <CodeAddress file={file} line={line} /> <Copy text={`${file}:${line}`} what="place" />
          </li>
        );
      })}
    </ul>
  );
}

function Job({ name, location }: { name: string; location: string }) {
  if (!location) return <code>{name}</code>; // which location's it is, nobody said
  return <Link href={`/jobs/${encodeURIComponent(location)}/${encodeURIComponent(name)}`}>{name}</Link>;
}

function Web({ href }: { href: string }) {
  const safe = safeHref(href);
  if (safe === null) return <code>{href}</code>;
  return (
    <a href={safe} rel="noopener noreferrer nofollow" target="_blank">
      {href}
    </a>
  );
}

function Long({ text: all, isCode = false }: { text: string; isCode?: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole || all.length <= LONG_CHARS ? all : `${all.slice(0, LONG_CHARS)}…`;
  return (
    <>
      {isCode ? <pre className="metadata-code">{shown}</pre> : <span className="metadata-text" dir="auto">{shown}</span>}
      {all.length > LONG_CHARS && (
        <Button kind="quiet" isSmall onPress={() => setWhole(!isWhole)}>
          {isWhole ? "Less" : `All ${count(all.length)} characters`}
        </Button>
      )}
    </>
  );
}

function Table({ columns, rows }: { columns: readonly string[]; rows: readonly Record<string, unknown>[] }) {
  return (
    <div className="metadata-wide" tabIndex={0} role="region" aria-label="table">
      <table>
        <thead>
          <tr>
            {columns.map((each) => (
              <th key={each} scope="col">
                <bdi>{each}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {columns.map((each) => (
                <td key={each}>{row[each] === null || row[each] === undefined ? "" : text(row[each])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ColumnLineage({ columns }: { columns: readonly Record<string, unknown>[] }) {
  return (
    <ul className="metadata-list">
      {columns.map((column) => (
        <li key={text(column["name"])}>
          <code>{text(column["name"])}</code> from{" "}
          {records(column["upstream"]).map((each, at) => (
            <span key={at}>
              {at > 0 && ", "}
              <Link href={assetAddress(text(each["asset"]))}>{text(each["asset"])}</Link>.<code>{text(each["column"])}</code>
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function number(value: number): string {
  return Math.abs(value) >= 1e15 || (value !== 0 && Math.abs(value) < 1e-4) ? value.toExponential() : value.toLocaleString("en-GB", { maximumFractionDigits: 6 });
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}
