import type { ModuleManifest } from "../module-manifest.js";
import { moduleNameProblem, moduleNameRule, nodeName } from "../module-name.js";
import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";
import { parseVersionRange, type VersionRange, versionRangeRule } from "../version-range.js";

type OddDependencies = Pick<ModuleManifest, "name" | "dependencies" | "optionalDependencies">;

const maxDependencies = 256;

/**
 * Reads `[dependencies]` or `[optional_dependencies]`: a version range for each module's name, or for the node's.
 * Faults: BAD_DEPENDENCY, MANIFEST_LIMIT.
 */
export function readDependencies(table: TableReader | undefined): ReadonlyMap<string, VersionRange> {
  const ranges = new Map<string, VersionRange>();
  for (const name of table?.names(maxDependencies) ?? []) {
    const problem = name === nodeName ? undefined : moduleNameProblem(name);
    if (problem !== undefined) {
      table?.refuse("BAD_DEPENDENCY", name, {
        found: `${problem} as the name of a module`,
        allowed: `${nodeName} or a module's name: ${moduleNameRule}`,
        remedy: "write the name that the other module's manifest has",
      });
    }
    const value = table?.value(name);
    const range = typeof value === "string" ? parseVersionRange(value) : showValue(value);
    if (typeof range !== "string") {
      ranges.set(name, range);
      continue;
    }
    table?.refuse("BAD_DEPENDENCY", name, {
      found: range,
      allowed: versionRangeRule,
      remedy: 'write for example ">=1.0.0,<2.0.0"',
    });
  }
  return ranges;
}

/** Warns of dependencies that can't mean what they say: on the module itself, or both hard and optional. */
export function warnOfOddDependencies(
  { name, dependencies, optionalDependencies }: OddDependencies,
  root: TableReader,
): void {
  for (const [key, ranges] of [
    ["dependencies", dependencies],
    ["optional_dependencies", optionalDependencies],
  ] as const) {
    if (ranges.has(name))
      root.report.warn([key, name], "the module depends on itself and can never be loaded");
  }
  for (const other of optionalDependencies.keys()) {
    if (!dependencies.has(other)) continue;
    root.report.warn(["optional_dependencies", other], "also stands under [dependencies], which counts");
  }
}
