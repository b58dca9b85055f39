import type { ModuleLabels } from "../module-labels.js";
import type { SampleTable } from "../sample-table.js";

/** What the gate decided over a module's requests that need one permission. */
export interface PermissionCount {
  readonly module: string;
  readonly permission: string;
  readonly allowed: number;
  readonly denied: number;
}

/** How often questions to one hook of a module ended in one way. */
export interface HookCount {
  readonly module: string;
  readonly hook: string;
  readonly outcome: string;
  readonly count: number;
}

export interface RequestSources {
  readonly permissionCounts?: () => Iterable<PermissionCount>;
  readonly hookCounts?: () => Iterable<HookCount>;
}

/** What the node's API decided and asked. */
export function addRequests(
  into: SampleTable,
  { permissionCounts, hookCounts }: RequestSources,
  moduleLabels: ModuleLabels,
): void {
  for (const { module, permission, allowed, denied } of permissionCounts?.() ?? []) {
    const pair = [moduleLabels.of(module), permission];
    into.add("blvm_module_requests_total", [...pair, "allowed"], allowed);
    into.add("blvm_module_requests_total", [...pair, "denied"], denied);
    into.add("blvm_permission_denials_total", pair, denied);
  }
  for (const { module, hook, outcome, count } of hookCounts?.() ?? []) {
    into.add("blvm_module_hook_calls_total", [moduleLabels.of(module), hook, outcome], count);
  }
}
