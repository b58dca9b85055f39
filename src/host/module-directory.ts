import type { KeepingLimits, ModuleDirectory, ModuleInfoRecord } from "../node-api/index.js";
import type { LimitsOptions, ModuleListing, ModuleManager } from "../supervisor/index.js";
import type { ModuleCare } from "./module-care.js";

/** A module as its neighbours see it. */
export function moduleInfo({
  name,
  version,
  capabilities,
  state,
  module_id,
  reason,
}: ModuleListing): ModuleInfoRecord {
  return {
    module_id: module_id ?? "",
    module_name: name,
    version,
    capabilities: [...capabilities],
    status: state === "Error" ? { Error: reason ?? "it ended" } : state,
    api_version: 1,
  };
}

/** How much the node keeps for a module, by its configuration. */
export function keepingLimits(limits: LimitsOptions): KeepingLimits {
  return {
    storageBytes: limits.max_storage_bytes,
    fileBytes: limits.max_data_bytes,
    inodes: limits.max_files,
  };
}

export interface ModuleDirectoryDependencies {
  readonly modules: () => Pick<ModuleManager, "loadedModules" | "listModules" | "instances" | "ensureLoaded">;
  readonly care: Pick<ModuleCare, "healthOf" | "reportHealth">;
}

/** Shows the node's API who is there and how they are. It decides nothing. */
export function createModuleDirectory({ modules, care }: ModuleDirectoryDependencies): ModuleDirectory {
  return {
    loaded: () => modules().loadedModules.map(moduleInfo),
    async find(name) {
      const listed = (await modules().listModules()).find((row) => row.name === name);
      return listed === undefined ? undefined : moduleInfo(listed);
    },
    problemOf(name) {
      const row = modules().loadedModules.find((listed) => listed.name === name);
      if (row === undefined) return "it is not loaded";
      return row.state === "Running" || row.state === "attached" ? undefined : `it is ${row.state}`;
    },
    ensureLoaded: (name) => modules().ensureLoaded(name),
    healthOf: (name) => care.healthOf(name),
    reportHealth: (name, health) => care.reportHealth(name, health),
  };
}
