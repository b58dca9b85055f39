import type { DiscoveredModule } from "./discovery.js";
import type { InstanceState } from "./instance-options.js";
import type { ModuleInstance } from "./module-instance.js";
import type { ModuleLives } from "./module-lives.js";

/** One row of `modules list`. */
export interface ModuleListing {
  readonly name: string;
  readonly version: string;
  readonly state: InstanceState;
  readonly pid: number | null;
  readonly module_id: string | null;
  readonly capabilities: readonly string[];
  /** Why the module is in its state, where the state alone doesn't say it. */
  readonly reason?: string;
}

/** A module as the list shows it; without an instance its last known life tells the state. */
export function listingOf(
  { manifest }: DiscoveredModule,
  instance: ModuleInstance | undefined,
  lives: Pick<ModuleLives, "stateOf" | "reasonOf"> | undefined,
): ModuleListing {
  const { name, version, capabilities } = manifest;
  const base = { name, version, capabilities };
  if (instance !== undefined)
    return { ...base, state: instance.state, pid: instance.pid ?? null, module_id: instance.moduleId };
  const reason = lives?.reasonOf(name);
  const state = lives?.stateOf(name) === "Error" ? "Error" : "Stopped";
  return { ...base, state, pid: null, module_id: null, ...(reason === undefined ? {} : { reason }) };
}
