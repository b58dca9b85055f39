import type { TableReader } from "../table-reader.js";

const maxKeys = 256;

/** Reads `[config_schema]`: what the author says of each key of the configuration. Faults: BAD_MANIFEST, MANIFEST_LIMIT. */
export function readConfigSchema(table: TableReader | undefined): ReadonlyMap<string, string> {
  const descriptions = new Map<string, string>();
  for (const key of table?.names(maxKeys) ?? []) descriptions.set(key, table?.text(key) ?? "");
  return descriptions;
}
