/** What a run config may hold, as the server tells it, and what follows from it: scaffold, completion, defaults. */

export interface ConfigField {
  name: string;
  required: boolean;
  description: string | null;
  secret: boolean;
  has_default: boolean;
  default: unknown;
  type: ConfigType;
}

export interface ConfigType {
  kind: "scalar" | "choice" | "shape" | "selector" | "array" | "map" | "noneable" | "union" | "any";
  label: string;
  type?: "string" | "int" | "float" | "bool";
  values?: (string | number | boolean)[];
  fields?: ConfigField[];
  open?: boolean;
  inner?: ConfigType;
  other?: ConfigType;
}

export type Config = Record<string, unknown>;

export function isConfig(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The type inside of `noneable`. */
export function bare(type: ConfigType): ConfigType {
  return type.kind === "noneable" && type.inner ? bare(type.inner) : type;
}

/** The fields of a type that is written as a mapping with known keys. */
export function fieldsOf(type: ConfigType): readonly ConfigField[] {
  const kind = bare(type);
  if (kind.kind === "union" && kind.other) return fieldsOf(kind.other);
  return kind.kind === "shape" || kind.kind === "selector" ? (kind.fields ?? []) : [];
}

/** The type at a path of keys; undefined where the schema knows none. */
export function typeAt(root: ConfigType, path: readonly string[]): ConfigType | undefined {
  let type: ConfigType | undefined = root;
  for (const part of path) {
    if (type === undefined) return undefined;
    const kind = bare(type);
    if (kind.kind === "map" || kind.kind === "array") type = kind.inner;
    else type = fieldsOf(kind).find((field) => field.name === part)?.type;
  }
  return type;
}

export function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, part) => (isConfig(at) ? at[part] : undefined), config);
}

/** The config with another value at a path; undefined takes it away, and mappings that are empty then. */
export function withValue(config: Config, path: readonly string[], value: unknown): Config {
  const [first, ...rest] = path;
  if (first === undefined) return config;
  const before = config[first];
  const inside = rest.length === 0 ? value : withValue(isConfig(before) ? before : {}, rest, value);
  const isGone = inside === undefined || (value === undefined && isConfig(inside) && Object.keys(inside).length === 0);
  return isGone ? Object.fromEntries(Object.entries(config).filter(([key]) => key !== first)) : { ...config, [first]: inside };
}

export interface Leaf {
  path: readonly string[];
  field: ConfigField;
  type: ConfigType;
}

const LEAVES_MAX = 60;

/** The single values of a schema, for a form; null if it is too large or too varied for one. */
export function leavesOf(root: ConfigType): Leaf[] | null {
  const found: Leaf[] = [];
  const walk = (type: ConfigType, path: readonly string[]): boolean => {
    for (const field of fieldsOf(type)) {
      const here = [...path, field.name];
      const kind = bare(field.type);
      if (kind.kind === "shape" && !kind.open) {
        if (!walk(kind, here)) return false;
      } else if (here[0] !== "execution" && here[0] !== "loggers") found.push({ path: here, field, type: kind });
      if (found.length > LEAVES_MAX) return false;
    }
    return true;
  };
  return walk(root, []) ? found : null;
}

/** Whether a form can hold a value of a type; others are written as YAML. */
export function isSimple(type: ConfigType): boolean {
  return type.kind === "scalar" || type.kind === "choice";
}

/** What is missing of a config, for the grey lines: the defaults that hold. */
export function defaultsOf(type: ConfigType, config: unknown): Config {
  const found: Config = {};
  const kind = bare(type);
  if (kind.kind !== "shape") return found;
  for (const field of kind.fields ?? []) {
    const given = isConfig(config) ? config[field.name] : undefined;
    const inner = bare(field.type);
    if (given === undefined && field.has_default && field.default !== null) found[field.name] = field.default;
    else if (inner.kind === "shape") {
      const inside = defaultsOf(inner, given);
      if (Object.keys(inside).length > 0) found[field.name] = inside;
    }
  }
  return found;
}

/** A config with all that has to be given, to be filled in; what may be left out is left out. */
export function scaffoldOf(type: ConfigType, config: unknown = {}): Config {
  const made: Config = isConfig(config) ? { ...config } : {};
  for (const field of type.kind === "shape" ? (type.fields ?? []) : []) {
    const kind = bare(field.type);
    const given = made[field.name];
    if (kind.kind === "shape" && (field.required || given !== undefined)) made[field.name] = scaffoldOf(kind, given);
    else if (field.required && given === undefined) made[field.name] = emptyOf(kind);
  }
  return made;
}

function emptyOf(type: ConfigType): unknown {
  if (type.kind === "array") return [];
  if (type.kind === "map" || type.kind === "shape") return {};
  if (type.kind === "selector") {
    const first = type.fields?.[0];
    return first === undefined ? {} : { [first.name]: scaffoldOf(bare(first.type)) };
  }
  if (type.kind === "choice") return type.values?.[0] ?? null;
  if (type.type === "string") return "";
  if (type.type === "bool") return false;
  return type.type === "int" || type.type === "float" ? 0 : null;
}
