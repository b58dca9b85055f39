import { isDeepStrictEqual } from "node:util";
import { type Config, settingsOf } from "./host-config.js";
import { sectionNames } from "./sections.js";

/**
 * The sections that differ between two configurations: names of tables in the order of the reference page, then
 * `modules.<name>`, in name order, for each module whose own settings differ. Compared is what the configuration says
 * in the end: another layout, another order or a default written out changes nothing.
 */
export function changedSections(before: Config, after: Config): readonly string[] {
  const names = new Set([...before.moduleSettings.keys(), ...after.moduleSettings.keys()]);
  return [
    ...sectionNames.filter((name) => !isDeepStrictEqual(before[name], after[name])),
    ...[...names]
      .filter((name) => !isDeepStrictEqual(settingsOf(before, name), settingsOf(after, name)))
      .sort()
      .map((name) => `modules.${name}`),
  ];
}

/** Every section that a configuration has: what a first ConfigLoaded names. */
export function allSections(config: Config): readonly string[] {
  return [...sectionNames, ...[...config.moduleSettings.keys()].sort().map((name) => `modules.${name}`)];
}
