import { describeSchema, type ValueDescription } from "./describe-schema.js";
import { variableName } from "./environment.js";
import { keySchema, keysOf, type SectionName, sectionNames } from "./sections.js";

/** One key as the reference page shows it. */
export interface ConfigKey extends ValueDescription {
  readonly key: string;
  /** The environment variable that overrides it. */
  readonly variable: string;
}

export interface ConfigSection {
  readonly section: SectionName;
  readonly keys: readonly ConfigKey[];
}

/** Every section and key of the configuration file, from the same schemas that check it. */
export function configReference(): readonly ConfigSection[] {
  return sectionNames.map((section) => ({
    section,
    keys: keysOf(section).flatMap((key) => {
      const schema = keySchema(section, key);
      if (schema === undefined) return [];
      return [{ key, variable: variableName(section, key), ...describeSchema(schema) }];
    }),
  }));
}
