import type { MetricDefinition } from "../metric-definition.js";

export const hostMetrics = {
  blvm_build_info: {
    type: "gauge",
    labels: ["version", "node_version"],
    help: "Always 1; its labels tell which version runs on which Node.js.",
    owner: "host",
  },
  blvm_config_reloads_total: {
    type: "counter",
    labels: ["outcome"],
    help: "Readings of the configuration file after that of the start: outcome applied, unchanged (it says the same; once at each start, to make sure) or failed (faulty, the one before stays).",
    owner: "host",
  },
  blvm_config_last_reload_success_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When a configuration in order was read last, in seconds since 1970; at first that of the start.",
    unit: "seconds",
    owner: "host",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
