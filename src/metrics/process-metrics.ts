import { collectDefaultMetrics, Registry } from "prom-client";

let registry: Registry | undefined;

/**
 * prom-client's `process_*` and `nodejs_*` metrics. They measure this process, and their observers can't be
 * stopped: hosts of one process share them.
 */
export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry });
  }
  return registry;
}
