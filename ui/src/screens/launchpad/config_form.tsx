/** The simple values of a run config as fields of a form; what is more complex is left to the YAML. */

import { CheckField, SelectField, TextField } from "../../parts/field.tsx";
import { isSimple, valueAt, type Config, type Leaf } from "./schema.ts";

interface Props {
  leaves: readonly Leaf[];
  config: Config;
  /** What is wrong, by the path with dots. */
  mistakes: ReadonlyMap<string, string>;
  onChange: (path: readonly string[], value: unknown) => void;
}

export function ConfigForm({ leaves, config, mistakes, onChange }: Props) {
  const sections = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const name = leaf.path.slice(0, -1).filter((part, at) => !(at > 0 && (part === "config" || part === "ops"))).join(" › ");
    sections.set(name, [...(sections.get(name) ?? []), leaf]);
  }
  return (
    <div className="launch-form">
      {[...sections].map(([name, own]) => (
        <fieldset key={name} className="launch-section">
          <legend>
            <bdi>{name}</bdi>
          </legend>
          {own.map((leaf) => (
            <LeafField key={leaf.path.join(".")} leaf={leaf} value={valueAt(config, leaf.path)} error={mistakes.get(leaf.path.join("."))} onChange={(value) => onChange(leaf.path, value)} />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

interface LeafProps {
  leaf: Leaf;
  value: unknown;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

function LeafField({ leaf, value, error, onChange }: LeafProps) {
  const { field, type } = leaf;
  const label = `${field.name}${field.required ? " (required)" : ""}`;
  const hint = field.description ?? undefined;
  const fallback = field.has_default && field.default !== null ? plainText(field.default) : "";
  const shared = { label, ...(hint === undefined ? {} : { hint }), ...(error === undefined ? {} : { error }) };
  if (isReference(value)) return <TextField {...shared} value={`environment variable ${String(value.env)}`} onChange={() => undefined} hint="Written in the YAML." />;
  if (!isSimple(type)) {
    const isGiven = value !== undefined;
    return (
      <p className="launch-complex">
        <span className="field-label">{label}</span>
        <span className="soft">
          {type.label}: {isGiven ? "given in the YAML" : fallback ? `default ${fallback}` : "write it in the YAML"}
        </span>
        {error !== undefined && <span className="field-error">{error}</span>}
      </p>
    );
  }
  if (type.kind === "choice") {
    const names = (type.values ?? []).map(String);
    const choices = [{ value: "", title: fallback ? `default: ${fallback}` : "not given" }, ...names.map((each) => ({ value: each, title: each }))];
    return <SelectField {...shared} value={value === undefined ? "" : String(value)} choices={choices} onChange={(text) => onChange(text === "" ? undefined : (type.values ?? []).find((each) => String(each) === text))} />;
  }
  if (type.type === "bool") {
    if (field.has_default || !field.required) {
      const choices = [
        { value: "", title: fallback ? `default: ${fallback}` : "not given" },
        { value: "true", title: "true" },
        { value: "false", title: "false" },
      ];
      return <SelectField {...shared} value={value === undefined ? "" : String(value)} choices={choices} onChange={(text) => onChange(text === "" ? undefined : text === "true")} />;
    }
    return <CheckField {...shared} value={value === true} onChange={onChange} />;
  }
  return (
    <TextField
      {...shared}
      type={field.secret ? "password" : "text"}
      autoComplete={field.secret ? "new-password" : "off"}
      value={value === undefined || value === null ? "" : plainText(value)}
      placeholder={fallback}
      onChange={(text) => onChange(typed(text, type.type ?? "string"))}
    />
  );
}

function isReference(value: unknown): value is { env: unknown } {
  return typeof value === "object" && value !== null && "env" in value;
}

function plainText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What was typed, as a value of the type; text that is none stays text, and the check says so. */
function typed(text: string, type: string): unknown {
  if (text === "") return undefined;
  if (type === "int" && /^[-+]?\d{1,15}$/.test(text.trim())) return Number(text);
  if (type === "float" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim()) && !text.endsWith(".")) return Number(text);
  return text;
}
