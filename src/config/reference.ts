import type { z } from "zod";
import { describeSchema, type ValueDescription } from "../describe-schema.js";
import { propertySchemas } from "../schema-shape.js";
import { variableName } from "./environment.js";
import { configSections, moduleHostOptions, type SectionName, sectionNames } from "./sections.js";

/** One key as the reference page shows it. */
export interface ConfigKey extends ValueDescription {
  readonly key: string;
  /** The environment variable that overrides it. */
  readonly variable: string;
}

export interface ConfigSection {
  /** As the file's header names it, such as `modules.trust`; `NAME` stands for a module's name. */
  readonly section: string;
  readonly keys: readonly ConfigKey[];
}

/** Every section and key of the configuration file, from the same schemas that check it. */
export function configReference(): readonly ConfigSection[] {
  return [
    ...sectionNames.flatMap((section) => sectionsOf(section, [], configSections[section])),
    ...sectionsOf("modules", ["NAME"], moduleHostOptions),
  ];
}

/** A table's own keys, then one section for each table in it. */
function sectionsOf(
  section: SectionName,
  path: readonly string[],
  schema: z.core.$ZodType,
): readonly ConfigSection[] {
  const keys: ConfigKey[] = [];
  const tables: ConfigSection[] = [];
  for (const [key, inner] of propertySchemas(schema) ?? []) {
    const keyPath = [...path, key];
    if (propertySchemas(inner) !== undefined) tables.push(...sectionsOf(section, keyPath, inner));
    else keys.push({ key, variable: variableName(section, ...keyPath), ...describeSchema(inner) });
  }
  return [{ section: [section, ...path].join("."), keys }, ...tables];
}
