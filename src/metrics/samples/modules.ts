import { type LifeBooks, type ModuleLifeBook, restartReasons } from "../../supervisor/index.js";
import type { ModuleLabels } from "../module-labels.js";
import type { SampleTable } from "../sample-table.js";

const healthStates = ["healthy", "degraded", "unresponsive", "crashed"] as const;

/** What a module uses now; what nobody could read is undefined. */
export interface ModuleUse {
  readonly cpuMs: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly descriptors: number | undefined;
  readonly memoryLimitBytes: number;
}

/** What the supervisor knows about a module; one that is down is known as well. */
export interface ModuleStatus {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  /** Connected and subscribed. */
  readonly isConnected: boolean;
  /** Undefined for one that isn't watched. */
  readonly health?: (typeof healthStates)[number] | undefined;
  readonly use?: ModuleUse | undefined;
}

export interface ModuleSources {
  readonly modules: () => Iterable<ModuleStatus>;
  readonly lives?: Pick<LifeBooks, "all" | "signatureFailures">;
  /** Every permission that a request may need. */
  readonly permissions?: readonly string[];
}

export function addModules(
  into: SampleTable,
  { modules, lives, permissions = [] }: ModuleSources,
  moduleLabels: ModuleLabels,
): void {
  for (const status of modules()) addStatus(into, status, permissions, moduleLabels.of(status.name));
  for (const book of lives?.all() ?? []) addLife(into, book, moduleLabels.of(book.moduleName));
  for (const [reason, count] of lives?.signatureFailures() ?? []) {
    into.add("blvm_module_signature_failures_total", [reason], count);
  }
}

function addStatus(
  into: SampleTable,
  { name, version, state, isConnected, health, use }: ModuleStatus,
  permissions: readonly string[],
  module: string,
): void {
  into.add("blvm_module_up", [module], isConnected ? 1 : 0, Math.min);
  if (module === name) into.add("blvm_module_info", [module, version, state], 1, Math.max);
  for (const each of healthStates) {
    if (health !== undefined)
      into.add("blvm_module_health", [module, each], each === health ? 1 : 0, Math.max);
  }
  // The first denial shows in a rate only when the series was there before it.
  for (const permission of permissions) into.add("blvm_permission_denials_total", [module, permission], 0);
  if (use !== undefined) addUse(into, use, module);
}

function addUse(
  into: SampleTable,
  { cpuMs, memoryBytes, descriptors, memoryLimitBytes }: ModuleUse,
  module: string,
): void {
  into.add("blvm_module_memory_limit_bytes", [module], memoryLimitBytes);
  if (cpuMs !== undefined) into.add("blvm_module_cpu_seconds_total", [module], cpuMs / 1000);
  if (memoryBytes !== undefined) into.add("blvm_module_resident_memory_bytes", [module], memoryBytes);
  if (descriptors !== undefined) into.add("blvm_module_open_fds", [module], descriptors);
}

function addLife(into: SampleTable, { restarts, startDurations }: ModuleLifeBook, module: string): void {
  for (const reason of restartReasons) {
    into.add("blvm_module_restarts_total", [module, reason], restarts[reason]);
  }
  into.addHistogram("blvm_module_start_duration_seconds", module, startDurations);
}
