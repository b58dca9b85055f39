import type { Config } from "./host-config.js";

const places = new WeakMap<Config, (path: readonly string[]) => string>();

export function keepPlaces(config: Config, placeOf: (path: readonly string[]) => string): Config {
  places.set(config, placeOf);
  return config;
}

/** Where a key of a configuration was written, for messages: file and line, variable or flag; "configuration" for none of them. */
export function placeInConfig(config: Config, path: readonly string[]): string {
  return places.get(config)?.(path) ?? "configuration";
}
