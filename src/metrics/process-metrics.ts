import { collectDefaultMetrics, Registry } from "prom-client";

/** Gauges with the suffix of counters: promtool finds fault with them. `nodejs_active_*` say the same by type. */
const misnamed = ["handles", "requests", "resources"].map((what) => `nodejs_active_${what}_total`);

let registry: Registry | undefined;

/**
 * prom-client's `process_*` and `nodejs_*` metrics. They measure this process, and their observers can't be
 * stopped: hosts of one process share them.
 */
export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  return registry;
}
