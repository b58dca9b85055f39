import { type Capability, defaultCapabilities, nearestCapability, parseCapability } from "../capability.js";
import type { Finding } from "../manifest-report.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";

const maxListed = 100;

/**
 * Reads `capabilities` from the top of the file or, where the list stands behind that header, from
 * `[compatibility]`; without a list the module has the defaults. Faults: BAD_CAPABILITY, MANIFEST_LIMIT.
 */
export function readCapabilities(
  root: TableReader,
  compatibility: TableReader | undefined,
): readonly Capability[] {
  const top = root.value("capabilities");
  const nested = compatibility?.value("capabilities");
  const holder = top === undefined ? (compatibility ?? root) : root;
  if (top !== undefined && nested !== undefined) {
    const found = "a list at the top and one under [compatibility]";
    root.refuse("BAD_CAPABILITY", "capabilities", refusal(found, "keep one of them"));
  }
  const listed = top ?? nested;
  if (listed === undefined) return defaultCapabilities;
  if (!Array.isArray(listed)) {
    const finding = refusal(showValue(listed), "write a list of names in quotes");
    holder.refuse("BAD_CAPABILITY", "capabilities", finding);
    return [];
  }
  if (listed.length > maxListed) {
    const finding = { found: `${listed.length} entries`, allowed: `at most ${maxListed}` };
    holder.refuse("MANIFEST_LIMIT", "capabilities", { ...finding, remedy: "name each once" });
    return [];
  }
  const granted = new Set<Capability>();
  for (const [index, item] of listed.entries()) {
    const capability = typeof item === "string" ? parseCapability(item) : undefined;
    if (capability !== undefined) {
      granted.add(capability);
      continue;
    }
    const nearest = typeof item === "string" ? nearestCapability(item) : undefined;
    const remedy = nearest === undefined ? "remove it" : `did you mean ${nearest}?`;
    const path = [...holder.path, "capabilities", index];
    root.report.refuse("BAD_CAPABILITY", path, refusal(showValue(item), remedy));
  }
  return [...granted];
}

function refusal(found: string, remedy: string): Finding {
  return { found, allowed: "one list of capability names", remedy };
}
