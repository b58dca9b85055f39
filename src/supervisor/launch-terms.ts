import type { LaunchGrants, ModuleSandboxOptions, Sandbox } from "../sandbox/index.js";
import { stricterMode } from "../sandbox/index.js";
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
