export {
  type Capability,
  type CapabilityDefinition,
  capabilities,
  defaultCapabilities,
} from "./capability.js";
export { type CheckedManifest, checkManifest } from "./check-manifest.js";
export { compareVersions } from "./compare-versions.js";
export { type Compatibility, compatibilityProblems, type NodeVersions } from "./compatibility.js";
export { type ManifestFault, manifestErrors } from "./errors.js";
export type { ManifestWarning } from "./manifest-report.js";
export { flattenConfig, type ModuleConfig, mergeModuleConfig, readModuleConfig } from "./module-config.js";
export type {
  ManifestBinary,
  ManifestCompatibility,
  ManifestGovernance,
  ManifestPayment,
  ManifestSignatures,
  ManifestSigner,
  ModuleManifest,
  Threshold,
} from "./module-manifest.js";
export { moduleNameProblem, nodeName } from "./module-name.js";
export { checkManifestFile, parseManifest, readManifest } from "./parse-manifest.js";
export { overridableRpcMethods } from "./sections/rpc-overrides.js";
export { parseVersionRange, type VersionRange } from "./version-range.js";
