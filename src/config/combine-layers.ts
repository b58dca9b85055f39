import { withAbsolutePaths } from "./absolute-paths.js";
import { defaultDataDir } from "./default-data-dir.js";
import { configErrors } from "./errors.js";
import type { Config } from "./host-config.js";
import { isTable, type Layer, type RawTable, setKey } from "./layer.js";
import { parseModuleSettings } from "./module-settings.js";
import { keepPlaces } from "./places.js";
import { parseTable, showValue, unknownKey } from "./schema-problem.js";
import { configSections, isSectionName, keysOf, type SectionName, sectionNames } from "./sections.js";

/**
 * Lays layers over one another, the last one on top, and checks the outcome. A key replaces the same key of the layers
 * below; the tables in `[modules]` are laid over one another key by key.
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE, CONFIG_BAD_MODULE_NAME
 */
export function combineLayers(
  layers: readonly Layer[],
  defaultBaseDir: string,
  file: string | undefined,
): Config {
  const { values, placeOf } = merge([defaultPaths(defaultBaseDir), ...layers]);
  const parse = <Name extends SectionName>(name: Name, table: RawTable = values.get(name) ?? {}) =>
    parseTable<(typeof configSections)[Name]["shape"]>(configSections[name] as never, {
      path: [name],
      table,
      placeOf,
      ...(name === "modules" ? { alsoAllowed: ["a table named after a module"] } : {}),
    });
  const delivery = parse("delivery");
  const sandbox = parse("sandbox");
  const { own, tables } = splitModules(values.get("modules") ?? {});
  const config: Config = {
    chain: parse("chain"),
    devnet: parse("devnet"),
    bitcoin_core: parse("bitcoin_core"),
    recording: parse("recording"),
    http: parse("http"),
    modules: parse("modules", own),
    moduleSettings: new Map(
      tables.map(([name, table]) => [name, parseModuleSettings(name, table, { delivery, sandbox }, placeOf)]),
    ),
    streams: parse("streams"),
    sandbox,
    delivery,
    ipc: parse("ipc"),
    log: parse("log"),
    file,
  };
  return keepPlaces(config, placeOf);
}

/** The values of all layers, and which layer each was written in. */
interface Merged {
  readonly values: ReadonlyMap<SectionName, RawTable>;
  readonly placeOf: (path: readonly string[]) => string;
}

function merge(layers: readonly Layer[]): Merged {
  const values = new Map<SectionName, Record<string, unknown>>(sectionNames.map((name) => [name, {}]));
  const writtenIn = new Map<string, Layer>();
  const layOver = (
    below: Record<string, unknown>,
    path: readonly string[],
    table: RawTable,
    layer: Layer,
  ) => {
    for (const [given, value] of Object.entries(table)) {
      if (value === undefined) continue;
      const isVariable = layer.hasVariableNames === true && path[0] === "modules" && path.length > 1;
      const key = isVariable ? sameVariable(below, given) : given;
      const keyPath = [...path, key];
      writtenIn.set(pathKey(keyPath), layer);
      if (path[0] !== "modules" || !isTable(value)) {
        setKey(below, key, value);
        continue;
      }
      const old: unknown = Object.hasOwn(below, key) ? below[key] : undefined;
      const joined: Record<string, unknown> = isTable(old) ? (old as Record<string, unknown>) : {};
      layOver(joined, keyPath, value, layer);
      setKey(below, key, joined);
    }
  };
  for (const layer of layers) {
    for (const [section, table] of Object.entries(withAbsolutePaths(layer))) {
      if (table === undefined) continue;
      const checked = checkedSection(section, table, layer);
      layOver(values.get(section as SectionName) ?? {}, [section], checked, layer);
    }
  }
  return {
    values,
    placeOf: (path) => {
      for (let length = path.length; length > 1; length--) {
        const layer = writtenIn.get(pathKey(path.slice(0, length)));
        if (layer !== undefined) return layer.placeOf(path);
      }
      return "configuration";
    },
  };
}

/** The key of a table that a variable of this name means; the name itself when there is none, or more than one. */
function sameVariable(table: RawTable, name: string): string {
  if (Object.hasOwn(table, name)) return name;
  const asVariable = (key: string) => key.toLowerCase().replaceAll("-", "_");
  const keys = Object.keys(table).filter((key) => asVariable(key) === asVariable(name));
  return keys.length === 1 ? (keys[0] ?? name) : name;
}

function pathKey(path: readonly string[]): string {
  return path.join("\0");
}

function defaultPaths(baseDir: string): Layer {
  return { table: { modules: { data_dir: defaultDataDir() } }, baseDir, placeOf: () => "default" };
}

function checkedSection(section: string, table: unknown, layer: Layer): RawTable {
  if (!isSectionName(section)) throw unknownKey([section], sectionNames, layer.placeOf);
  if (isTable(table)) return table;
  throw configErrors.CONFIG_BAD_VALUE({
    place: layer.placeOf([section]),
    key: section,
    found: showValue(table),
    allowed: `a table of ${keysOf(section).join(", ")}`,
  });
}

/** Tells the keys of `[modules]` from the tables of modules: a table is a module's unless a key has its name. */
function splitModules(table: RawTable): { own: RawTable; tables: (readonly [string, RawTable])[] } {
  const own: Record<string, unknown> = {};
  const tables: (readonly [string, RawTable])[] = [];
  const keys = keysOf("modules");
  for (const [name, value] of Object.entries(table)) {
    if (isTable(value) && !keys.includes(name)) tables.push([name, value]);
    else setKey(own, name, value);
  }
  return { own, tables };
}
