import type { ModuleManifest, Threshold, VersionRange } from "../manifest/index.js";
import type { MeasuredCode } from "./measured-code.js";

/**
 * The text that maintainers sign: a domain tag, then one line for each thing that the host acts upon, its
 * name and its value as JSON, in fixed order and with sorted lists, so that no two modules share a text.
 * It holds what was measured of the code, never what the manifest says of it, and nothing of how the manifest
 * is laid out. `threshold` is the one that the manifest has once it is signed.
 *
 * ```text
 * blvm-streams module signature v1
 * name "probe"
 * version "1.0.0"
 * entry_point "main.js"
 * code {"kind":"file","sha256":"…","size_bytes":123,"module_type":"module"}
 * capabilities ["read_mempool","subscribe_events"]
 * dependencies [["blvm-node",">=1.0.0"]]
 * optional_dependencies []
 * rpc_overrides []
 * compatibility [null,null,"1.0.0"]
 * threshold [2,3]
 * ```
 */
export function signedText(manifest: ModuleManifest, code: MeasuredCode, threshold: Threshold): string {
  const { minNodeVersion, minProtocolVersion, minConsensusVersion } = manifest.compatibility;
  const { kind, hash, sizeBytes, moduleType } = code;
  const lines: readonly (readonly [string, unknown])[] = [
    ["name", manifest.name],
    ["version", manifest.version],
    ["entry_point", manifest.entryPoint],
    ["code", { kind, sha256: hash, size_bytes: sizeBytes, module_type: moduleType }],
    ["capabilities", manifest.capabilities.toSorted()],
    ["dependencies", ranges(manifest.dependencies)],
    ["optional_dependencies", ranges(manifest.optionalDependencies)],
    ["rpc_overrides", manifest.rpcOverrides.toSorted()],
    ["compatibility", [minNodeVersion ?? null, minProtocolVersion ?? null, minConsensusVersion ?? null]],
    ["threshold", [threshold.required, threshold.total]],
  ];
  const body = lines.map(([name, value]) => `${name} ${JSON.stringify(value)}\n`);
  return `blvm-streams module signature v1\n${body.join("")}`;
}

function ranges(dependencies: ReadonlyMap<string, VersionRange>): [string, string][] {
  const byName = [...dependencies].sort(([a], [b]) => (a < b ? -1 : 1));
  return byName.map(([name, { text }]) => [name, text]);
}
