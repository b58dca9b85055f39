import type { Threshold } from "../module-manifest.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";
import { parseThreshold, thresholdRule } from "../threshold.js";

/**
 * Reads the key `threshold`, absent or N-of-M, where M is `maintainers`, the number of them, if that is known.
 * Fault: BAD_THRESHOLD.
 */
export function readThreshold(table: TableReader, maintainers: number | undefined): Threshold | undefined {
  const written = table.value("threshold");
  if (written === undefined) return undefined;
  const threshold = typeof written === "string" ? parseThreshold(written) : undefined;
  if (threshold === undefined) {
    const remedy = 'write for example threshold = "2-of-3"';
    table.refuse("BAD_THRESHOLD", "threshold", { found: showValue(written), allowed: thresholdRule, remedy });
  } else if (maintainers !== undefined && threshold.total !== maintainers) {
    table.refuse("BAD_THRESHOLD", "threshold", {
      found: `${showValue(written)} with ${maintainers} ${maintainers === 1 ? "maintainer" : "maintainers"}`,
      allowed: "an M that is the number of maintainers",
      remedy: "list all maintainers, or lower M",
    });
  }
  return threshold;
}
