export { type DataDirLock, lockDataDir } from "./data-dir-lock.js";
export { supervisorErrors } from "./errors.js";
export { LoadedModules } from "./loaded-modules.js";
export type { InstanceState } from "./module-instance.js";
export {
  type AutoLoadResult,
  type ModuleListing,
  ModuleManager,
  type ModuleManagerOptions,
} from "./module-manager.js";
export { openModuleSession, type SessionCaller } from "./module-session.js";
export type { ModulesOptions, ModulesOptionsInput } from "./options.js";
