import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { DeliveryOptions, DeliveryOptionsInput } from "./bus/options.js";
import type { ChainOptions, ChainOptionsInput } from "./chain/options.js";
import { withAbsolutePaths } from "./config/absolute-paths.js";
import { readConfigFile } from "./config/config-file.js";
import { environmentLayer } from "./config/environment.js";
import { configErrors } from "./config/errors.js";
import { isTable, type Layer, type RawTable } from "./config/layer.js";
import type { LogOptions, LogOptionsInput } from "./config/log-options.js";
import { type ModuleSettings, parseModuleSettings } from "./config/module-settings.js";
import { parseTable, showValue, unknownKey } from "./config/schema-problem.js";
import { configSections, isSectionName, keysOf, type SectionName, sectionNames } from "./config/sections.js";
import type { HttpOptions, HttpOptionsInput } from "./http/options.js";
import type { IpcOptions, IpcOptionsInput } from "./ipc/options.js";
import type { ModulesOptions, ModulesOptionsInput } from "./supervisor/options.js";

export type { LogOptions } from "./config/log-options.js";
export type { ModuleSettings } from "./config/module-settings.js";
export { type ConfigKey, type ConfigSection, configReference } from "./config/reference.js";

/** The configuration as embedders and `blvm-streams.toml` write it; what is left out takes its default. */
export interface ConfigInput {
  readonly chain?: ChainOptionsInput | undefined;
  readonly http?: HttpOptionsInput | undefined;
  /** The keys of `[modules]`, and one table per module under its name. */
  readonly modules?: (ModulesOptionsInput & { readonly [moduleName: string]: unknown }) | undefined;
  readonly delivery?: DeliveryOptionsInput | undefined;
  readonly ipc?: IpcOptionsInput | undefined;
  readonly log?: LogOptionsInput | undefined;
}

/** The configuration with every default filled in and every path absolute. */
export interface Config {
  readonly chain: ChainOptions;
  readonly http: HttpOptions;
  readonly modules: ModulesOptions;
  /** The `[modules.<name>]` tables by module name; read them with {@link settingsOf}. */
  readonly moduleSettings: ReadonlyMap<string, ModuleSettings>;
  readonly delivery: DeliveryOptions;
  readonly ipc: IpcOptions;
  readonly log: LogOptions;
  /** The file that it was read from, if any. */
  readonly file: string | undefined;
}

export interface LoadConfigOptions {
  /** Must exist. Default: `blvm-streams.toml` in `cwd` when that exists. */
  readonly file?: string | undefined;
  /** The same as `overrides.modules.data_dir`. */
  readonly dataDir?: string | undefined;
  /** Where `BLVM_STREAMS_<SECTION>_<KEY>` is looked up; default: nowhere. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What flags say: stronger than file and environment. */
  readonly overrides?: ConfigInput | undefined;
  readonly cwd?: string | undefined;
}

const DEFAULT_FILE = "blvm-streams.toml";
const resolved = new WeakSet<object>();

/**
 * Reads the configuration: defaults, then the file, then the environment, then flags.
 * Relative paths start from the file's folder in the file, from `cwd` elsewhere; a default path starts from
 * the file's folder when there is a file.
 * @throws CONFIG_UNREADABLE, CONFIG_TOO_LARGE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE,
 * CONFIG_BAD_MODULE_NAME
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<Config> {
  const cwd = resolve(options.cwd ?? ".");
  const file = configFile(options.file, cwd);
  const layers: Layer[] = file === undefined ? [] : [await readConfigFile(file)];
  layers.push(environmentLayer(options.env ?? {}, cwd));
  layers.push(objectLayer(options.overrides ?? {}, cwd, "command line"));
  if (options.dataDir !== undefined) {
    layers.push(objectLayer({ modules: { data_dir: options.dataDir } }, cwd, "--data-dir"));
  }
  return combine(layers, layers[0]?.baseDir ?? cwd, file);
}

/**
 * Checks a configuration object and fills in its defaults; relative paths start from the working directory.
 * A {@link Config} that came from here or from {@link loadConfig} is returned as it is.
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE, CONFIG_BAD_MODULE_NAME
 */
export function parseConfig(input: ConfigInput | Config = {}): Config {
  if (resolved.has(input)) return input as Config;
  const cwd = resolve(".");
  return combine([objectLayer(input as ConfigInput, cwd, "configuration")], cwd, undefined);
}

/** What the configuration says about a module: its own table, or the defaults when it has none. */
export function settingsOf(config: Config, moduleName: string): ModuleSettings {
  return config.moduleSettings.get(moduleName) ?? { delivery: config.delivery, config: {} };
}

function configFile(named: string | undefined, cwd: string): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  const usual = resolve(cwd, DEFAULT_FILE);
  return existsSync(usual) ? usual : undefined;
}

function objectLayer(input: ConfigInput, baseDir: string, name: string): Layer {
  return { table: input as RawTable, baseDir, placeOf: () => name };
}

function combine(layers: readonly Layer[], defaultBaseDir: string, file: string | undefined): Config {
  const values = new Map<SectionName, Record<string, unknown>>(sectionNames.map((name) => [name, {}]));
  const writtenIn = new Map<string, Layer>();
  for (const layer of [defaultPaths(defaultBaseDir), ...layers]) {
    for (const [section, table] of Object.entries(withAbsolutePaths(layer))) {
      if (table === undefined) continue;
      for (const [key, value] of Object.entries(checkedSection(section, table, layer))) {
        if (value === undefined) continue;
        Object.defineProperty(values.get(section as SectionName), key, {
          value,
          enumerable: true,
          configurable: true,
        });
        writtenIn.set(`${section}\0${key}`, layer);
      }
    }
  }
  const placeOf = (path: readonly string[]) =>
    writtenIn.get(`${path[0]}\0${path[1]}`)?.placeOf(path) ?? "configuration";
  const parse = <Name extends SectionName>(name: Name, table: RawTable = values.get(name) ?? {}) =>
    parseTable<(typeof configSections)[Name]["shape"]>(configSections[name] as never, {
      path: [name],
      table,
      placeOf,
      ...(name === "modules" ? { alsoAllowed: ["a table named after a module"] } : {}),
    });
  const delivery = parse("delivery");
  const { own, tables } = splitModules(values.get("modules") ?? {});
  const config: Config = {
    chain: parse("chain"),
    http: parse("http"),
    modules: parse("modules", own),
    moduleSettings: new Map(
      tables.map(([name, table]) => [name, parseModuleSettings(name, table, delivery, placeOf)]),
    ),
    delivery,
    ipc: parse("ipc"),
    log: parse("log"),
    file,
  };
  resolved.add(config);
  return config;
}

function defaultPaths(baseDir: string): Layer {
  const { data_dir } = configSections.modules.parse({});
  return { table: { modules: { data_dir } }, baseDir, placeOf: () => "default" };
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
    else Object.defineProperty(own, name, { value, enumerable: true });
  }
  return { own, tables };
}
