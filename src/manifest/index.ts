export {
  type Capability,
  type CapabilityDefinition,
  capabilities,
  defaultCapabilities,
} from "./capability.js";
export { type ManifestFault, manifestErrors } from "./errors.js";
export { flattenConfig, type ModuleConfig, mergeModuleConfig, readModuleConfig } from "./module-config.js";
export { moduleNameProblem } from "./module-name.js";
export { type ModuleManifest, parseManifest, readManifest } from "./parse-manifest.js";
