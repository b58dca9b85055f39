import type { ManifestGovernance } from "../module-manifest.js";
import type { TableReader } from "../table-reader.js";
import { readThreshold } from "./read-threshold.js";

const maxMaintainers = 100;
const maxDays = 0xffff_ffff;

/** Reads `[governance]`; M of its threshold is the number of maintainers that it names. Faults: BAD_THRESHOLD, BAD_MANIFEST, MANIFEST_LIMIT. */
export function readGovernance(table: TableReader | undefined): ManifestGovernance | undefined {
  if (table === undefined) return undefined;
  const listed = table.texts("maintainers", maxMaintainers);
  const maintainers = [...new Set(listed)];
  return {
    tier: table.text("tier"),
    maintainers,
    threshold: readThreshold(table, listed === undefined ? undefined : maintainers.length),
    reviewPeriodDays: table.amount("review_period_days", maxDays),
  };
}
