import type { ManifestCompatibility } from "../module-manifest.js";
import { isModuleVersion, moduleVersionRule } from "../module-version.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";
import { parseVersionRange, versionRangeRule } from "../version-range.js";

const maxTested = 100;

/** Reads `[compatibility]` but for its capabilities. Faults: BAD_VERSION, BAD_MANIFEST, MANIFEST_LIMIT. */
export function readCompatibility(table: TableReader | undefined): ManifestCompatibility {
  if (table === undefined) return { testedWith: [] };
  const testedWith = table.texts("tested_with", maxTested) ?? [];
  for (const [index, text] of testedWith.entries()) {
    const range = parseVersionRange(text);
    if (typeof range !== "string") continue;
    table.report.refuse("BAD_VERSION", [...table.path, "tested_with", index], {
      found: range,
      allowed: versionRangeRule,
      remedy: 'write for example ["1.0.0", "1.1.x"]',
    });
  }
  return {
    minNodeVersion: readMinimum(table, "min_node_version"),
    minProtocolVersion: readMinimum(table, "min_protocol_version"),
    minConsensusVersion: readMinimum(table, "min_consensus_version"),
    testedWith,
  };
}

function readMinimum(table: TableReader, key: string): string | undefined {
  const written = table.value(key);
  if (written === undefined || (typeof written === "string" && isModuleVersion(written))) return written;
  const remedy = `write for example ${key} = "1.0.0"`;
  table.refuse("BAD_VERSION", key, { found: showValue(written), allowed: moduleVersionRule, remedy });
  return undefined;
}
