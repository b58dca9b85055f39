import type { MetricDefinition } from "../metric-definition.js";

export const sandboxMetrics = {
  blvm_sandbox_info: {
    type: "gauge",
    labels: ["mode"],
    help: "Always 1; its label tells the mode of the sandbox: auto, strict or off.",
    owner: "sandbox",
  },
  blvm_sandbox_layer_status: {
    type: "gauge",
    labels: ["layer", "status"],
    help: "1 for the status that the layer of the sandbox has, 0 for the others: enforced, partial, missing or off.",
    owner: "sandbox",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
