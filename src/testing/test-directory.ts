import type { ModuleDirectory } from "../node-api/index.js";
import type { ModuleHealth } from "../requests/index.js";
import type { TestModule } from "./test-module.js";

/** Shows modules each other that are loaded and connected; how they are is what they said last. */
export function createTestDirectory(modules: ReadonlyMap<string, TestModule>): ModuleDirectory {
  /** By module, so that a later load of the same name begins healthy. */
  const reports = new WeakMap<TestModule, ModuleHealth>();
  const healthOf = (name: string): ModuleHealth | undefined => {
    const module = modules.get(name);
    return module?.info === undefined ? undefined : (reports.get(module) ?? "Healthy");
  };
  return {
    loaded: () => [...modules.values()].flatMap(({ info }) => info ?? []),
    async find(nameOrId) {
      const infos = [...modules.values()].flatMap(({ info }) => info ?? []);
      return infos.find(({ module_name, module_id }) => module_name === nameOrId || module_id === nameOrId);
    },
    problemOf(name) {
      const health = healthOf(name);
      if (health === undefined) return "it is not loaded";
      return typeof health === "object" && "Unresponsive" in health
        ? `it is unresponsive: ${health.Unresponsive}`
        : undefined;
    },
    ensureLoaded: async () => {},
    healthOf,
    reportHealth(name, health) {
      const module = modules.get(name);
      if (module !== undefined) reports.set(module, health);
    },
  };
}
