import type { MetricDefinition } from "../metric-definition.js";

export const nodeApiMetrics = {
  blvm_module_requests_total: {
    type: "counter",
    labels: ["module", "permission", "outcome"],
    help: "Requests of the module that need the permission, by what the gate decided: outcome allowed or denied.",
    owner: "node-api",
  },
  blvm_module_hook_calls_total: {
    type: "counter",
    labels: ["module", "hook", "outcome"],
    help: "Questions to the module's hooks: outcome answered, none, failed, timeout, misfit, or resting (not asked).",
    owner: "node-api",
  },
  blvm_permission_denials_total: {
    type: "counter",
    labels: ["module", "permission"],
    help: "Requests of the module that were refused because its manifest doesn't declare the permission.",
    owner: "node-api",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
