import type { EngineError } from "../errors.js";
import { compareVersions } from "./compare-versions.js";
import { manifestErrors } from "./errors.js";
import type { ModuleManifest } from "./module-manifest.js";
import { nodeName } from "./module-name.js";
import { parseVersionRange } from "./version-range.js";

/** What the running host says of itself, as module versions are written. */
export interface NodeVersions {
  readonly nodeVersion: string;
  readonly protocolVersion: string;
  readonly consensusVersion: string;
}

export interface Compatibility {
  /** NODE_INCOMPATIBLE with every reason at once; undefined when the module may be loaded. */
  readonly error: EngineError | undefined;
  /** What doesn't keep the module from being loaded, in words. */
  readonly warnings: readonly string[];
}

/**
 * Compares what a manifest asks of the node with the node. Binding are the minimum versions, the range of the hard
 * dependency `blvm-node` and `tested_with`, in full semver order: 1.0.0-rc.1 is older than a minimum of 1.0.0. A node
 * fits `tested_with` when it lies in one of its ranges, or when there is none; `allowUntested` makes that a warning,
 * for a node that came out after the module. An optional dependency on the node never is binding.
 */
export function compatibilityProblems(
  manifest: Pick<ModuleManifest, "name" | "compatibility" | "dependencies" | "optionalDependencies">,
  { nodeVersion, protocolVersion, consensusVersion }: NodeVersions,
  { allowUntested = false }: { readonly allowUntested?: boolean } = {},
): Compatibility {
  const { minNodeVersion, minProtocolVersion, minConsensusVersion, testedWith } = manifest.compatibility;
  const problems: string[] = [];
  const warnings: string[] = [];
  const needs = (key: string, minimum: string | undefined, actual: string): void => {
    if (minimum !== undefined && compareVersions(actual, minimum) < 0)
      problems.push(`${key} is ${minimum}, the node has ${actual}`);
  };
  needs("min_node_version", minNodeVersion, nodeVersion);
  needs("min_protocol_version", minProtocolVersion, protocolVersion);
  needs("min_consensus_version", minConsensusVersion, consensusVersion);

  const wanted = manifest.dependencies.get(nodeName);
  if (wanted !== undefined && !wanted.includes(nodeVersion))
    problems.push(`the dependency ${nodeName} is ${wanted.text}, the node has ${nodeVersion}`);
  const wished = manifest.optionalDependencies.get(nodeName);
  if (wished !== undefined && !wished.includes(nodeVersion))
    warnings.push(`the optional dependency ${nodeName} is ${wished.text}, the node has ${nodeVersion}`);

  if (testedWith.length > 0 && !testedWith.some((text) => isIn(text, nodeVersion))) {
    const text = `tested_with is ${testedWith.join(", ")}, the node has ${nodeVersion}`;
    if (allowUntested) warnings.push(text);
    else problems.push(`${text} (modules.allow_untested lets it run)`);
  }
  const error =
    problems.length === 0 ? undefined : manifestErrors.NODE_INCOMPATIBLE({ module: manifest.name, problems });
  return { error, warnings };
}

function isIn(text: string, version: string): boolean {
  const range = parseVersionRange(text);
  return typeof range !== "string" && range.includes(version);
}
