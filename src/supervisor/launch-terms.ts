import type { Logger } from "../log.js";
import type { LaunchGrants, ModuleSandboxOptions, Sandbox } from "../sandbox/index.js";
import { stricterMode, withheldGrants } from "../sandbox/index.js";
import { defaultRules } from "./default-rules.js";
import type { DiscoveredModule } from "./discovery.js";
import type { LaunchTerms } from "./instance-options.js";
import type { PreparedModule } from "./prepared-module.js";

/** What the manifest asks for counts only as far as the operator's configuration allows it. */
export function launchTerms(sandbox: Sandbox, { module, settings }: PreparedModule): LaunchTerms {
  const { limits, sandbox: own } = settings.rules ?? defaultRules;
  const { tmp_bytes, shm_bytes } = sandbox.sizes;
  return {
    limits: {
      memoryBytes: limits.max_memory_bytes,
      descriptors: limits.max_file_descriptors,
      fileBytes: Math.min(limits.max_file_bytes, limits.max_data_bytes),
      processes: limits.max_child_processes,
      cpuPercent: limits.max_cpu_percent,
      tmpBytes: tmp_bytes,
      shmBytes: shm_bytes,
    },
    grants: grantsOf(module.manifest, own),
    mode: stricterMode(sandbox.mode, own.mode ?? "off"),
  };
}

/** Tells the log what a module asks for in vain: from inside it looks like a fault of the machine. */
export function logWithheld(log: Logger, { mode, grants }: LaunchTerms, { module }: PreparedModule): void {
  const { name, capabilities } = module.manifest;
  for (const { capability, key } of withheldGrants({ moduleName: name, mode, grants }, capabilities)) {
    log.info(
      { module: name, capability },
      `module ${name} asks for ${capability}, which is not allowed; to allow it, set ${key} to true`,
    );
  }
}

/** What a module is granted: what it asks for, where its operator allows that. */
export function grantsOf(
  { capabilities }: Pick<DiscoveredModule["manifest"], "capabilities">,
  own: ModuleSandboxOptions,
): LaunchGrants {
  const asks = new Set<string>(capabilities);
  return {
    network: asks.has("network_access") && own.allow_network,
    spawn: asks.has("spawn_processes") && own.allow_spawn_processes,
  };
}
