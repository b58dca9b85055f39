import type { ModuleManifest } from "../module-manifest.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";
import { readHash } from "./hash.js";

const maxPlatforms = 64;

/** Reads `[downloads.<platform>]`: where the file for a platform lies. Faults: BAD_HASH, BAD_MANIFEST, MANIFEST_LIMIT. */
export function readDownloads(table: TableReader | undefined): ModuleManifest["downloads"] {
  const downloads = new Map<string, { url: string; sha256: string }>();
  for (const platform of table?.names(maxPlatforms) ?? []) {
    const entry = table?.table(platform);
    if (entry === undefined) continue;
    const url = entry.text("url");
    if (entry.value("url") === undefined) {
      const remedy = "say where the file lies";
      entry.refuse("BAD_MANIFEST", "url", { found: showValue(undefined), allowed: "an address", remedy });
    }
    downloads.set(platform, { url: url ?? "", sha256: readHash(entry, "sha256") ?? "" });
    entry.warnOfUnknownKeys();
  }
  return downloads;
}
