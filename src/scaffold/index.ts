export { type Bundle, type BundleOptions, bundleModule } from "./bundle-module.js";
export { type CreatedModule, type CreateModuleOptions, createModule } from "./create-module.js";
export { scaffoldErrors } from "./errors.js";
export { loadScript } from "./load-script.js";
export { type StagedModule, stageModule } from "./stage-module.js";
