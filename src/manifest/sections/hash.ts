import { isPlaceholder, isUnfinished } from "../placeholder.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";

/**
 * Reads a SHA-256: 64 lower-case hex characters, with or without `sha256:` before them. Fault: BAD_HASH. An
 * unfinished placeholder is let through as it is: it equals the hash of nothing.
 */
export function readHash(table: TableReader, key: string): string | undefined {
  const written = table.value(key);
  if (typeof written === "string") {
    if (isPlaceholder(written)) table.report.markPlaceholder([...table.path, key], written);
    const hash = written.replace(/^sha256:/, "");
    if (/^[0-9a-f]{64}$/.test(hash) || isUnfinished(written)) return hash;
  }
  table.refuse("BAD_HASH", key, {
    found:
      typeof written === "string"
        ? `${showValue(written)} (${written.length} characters)`
        : showValue(written),
    allowed: "a SHA-256: sha256: and 64 characters of 0-9 and a-f",
    remedy: "copy what sha256sum prints",
  });
  return undefined;
}
