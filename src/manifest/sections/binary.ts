import type { ManifestBinary } from "../module-manifest.js";
import type { TableReader } from "../table-reader.js";
import { readHash } from "./hash.js";

/** Reads `[binary]`. Faults: BAD_HASH, BAD_MANIFEST. */
export function readBinary(table: TableReader | undefined): ManifestBinary | undefined {
  if (table === undefined) return undefined;
  return {
    hash: readHash(table, "hash") ?? "",
    sizeBytes: table.amount("size", Number.MAX_SAFE_INTEGER),
    downloadUrl: table.text("download_url"),
  };
}
