import type { KeepingLimits, ModuleDirectory, ModuleInfoRecord } from "../node-api/index.js";
import type { ModuleHealth } from "../requests/index.js";
import {
  hardDependencies,
  type LimitsOptions,
  type ModuleInstance,
  type ModuleListing,
  type ModuleManager,
} from "../supervisor/index.js";
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

/** A health's reason in an answer; how a process ended may take more words. */
const MAX_REASON_CHARS = 1024;

/** Shows the node's API who is there and how they are. It decides nothing. */
export function createModuleDirectory({ modules, care }: ModuleDirectoryDependencies): ModuleDirectory {
  let listing: Promise<readonly ModuleListing[]> | undefined;

  /** One look at the folders for all who ask while it is under way. */
  function list(): Promise<readonly ModuleListing[]> {
    listing ??= modules()
      .listModules()
      .finally(() => {
        listing = undefined;
      });
    return listing;
  }

  function healthOf(name: string): ModuleHealth | undefined {
    const health = care.healthOf(name);
    if (typeof health !== "object") return health;
    const [[state, reason]] = Object.entries(health) as [[string, string]];
    return { [state]: reason.slice(0, MAX_REASON_CHARS) } as ModuleHealth;
  }

  function problemOf(name: string, asked: Set<string>): string | undefined {
    asked.add(name);
    const instance = [...modules().instances].find((each) => each.name === name);
    if (instance === undefined) return "it is not loaded";
    const own = stateProblem(instance) ?? healthProblem(healthOf(name));
    if (own !== undefined) return own;
    const { dependencies } = instance.module.manifest;
    for (const dependency of hardDependencies({ dependencies })) {
      // What two need is looked at once.
      if (asked.has(dependency)) continue;
      const problem = problemOf(dependency, asked);
      if (problem !== undefined) return `it needs ${dependency}, and ${problem}`;
    }
    return undefined;
  }

  return {
    loaded: () => modules().loadedModules.map(moduleInfo),
    async find(nameOrId) {
      const found = (await list()).find(({ name, module_id }) => name === nameOrId || module_id === nameOrId);
      return found === undefined ? undefined : moduleInfo(found);
    },
    problemOf: (name) => problemOf(name, new Set()),
    ensureLoaded: (name) => modules().ensureLoaded(name),
    healthOf,
    reportHealth: (name, health) => care.reportHealth(name, health),
  };
}

function stateProblem({ state, isLoaded, isStopping, isConnected }: ModuleInstance): string | undefined {
  if (isStopping) return "it is stopping";
  if (!isLoaded) return "it has not said yet that it is ready";
  if (state !== "Running" && state !== "attached") return `it is ${state}`;
  return isConnected ? undefined : "it is not connected";
}

function healthProblem(health: ModuleHealth | undefined): string | undefined {
  if (typeof health !== "object" || "Degraded" in health) return undefined;
  return "Crashed" in health ? `it crashed: ${health.Crashed}` : `it is unresponsive: ${health.Unresponsive}`;
}
