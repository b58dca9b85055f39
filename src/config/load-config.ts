import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { combineLayers } from "./combine-layers.js";
import { readConfigFile } from "./config-file.js";
import { environmentLayer } from "./environment.js";
import type { Config, ConfigInput } from "./host-config.js";
import type { Layer, RawTable } from "./layer.js";

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
/** How a configuration is read anew; undefined for one that was made from an object. */
const sources = new WeakMap<object, (() => Promise<Config>) | undefined>();

/**
 * Reads the configuration: defaults, then the file, then the environment, then flags.
 * Relative paths start from the file's folder in the file, from `cwd` elsewhere; a default path starts from
 * the file's folder when there is a file.
 * @throws CONFIG_UNREADABLE, CONFIG_TOO_LARGE, CONFIG_SYNTAX, CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE,
 * CONFIG_BAD_MODULE_NAME
 */
export function loadConfig(options: LoadConfigOptions = {}): Promise<Config> {
  const cwd = resolve(options.cwd ?? ".");
  return load(options, cwd, configFile(options.file, cwd));
}

/** Reads the same file again, under the same environment and flags; undefined when it came from no file. */
export function reloadOf(config: Config): (() => Promise<Config>) | undefined {
  return sources.get(config);
}

/**
 * Checks a configuration object and fills in its defaults; relative paths start from the working directory.
 * A {@link Config} that came from here or from {@link loadConfig} is returned as it is.
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_BAD_VALUE, CONFIG_BAD_MODULE_NAME
 */
export function parseConfig(input: ConfigInput | Config = {}): Config {
  if (sources.has(input)) return input as Config;
  const cwd = resolve(".");
  const config = combineLayers([objectLayer(input as ConfigInput, cwd, "configuration")], cwd, undefined);
  sources.set(config, undefined);
  return config;
}

async function load(options: LoadConfigOptions, cwd: string, file: string | undefined): Promise<Config> {
  const layers: Layer[] = file === undefined ? [] : [await readConfigFile(file)];
  layers.push(environmentLayer(options.env ?? {}, cwd));
  layers.push(objectLayer(options.overrides ?? {}, cwd, "command line"));
  if (options.dataDir !== undefined) {
    layers.push(objectLayer({ modules: { data_dir: options.dataDir } }, cwd, "--data-dir"));
  }
  const config = combineLayers(layers, layers[0]?.baseDir ?? cwd, file);
  sources.set(config, file === undefined ? undefined : () => load(options, cwd, file));
  return config;
}

function configFile(named: string | undefined, cwd: string): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  const usual = resolve(cwd, DEFAULT_FILE);
  return existsSync(usual) ? usual : undefined;
}

function objectLayer(input: ConfigInput, baseDir: string, name: string): Layer {
  return { table: input as RawTable, baseDir, placeOf: () => name };
}
