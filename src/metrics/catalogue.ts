import { busMetrics } from "./catalogue/bus.js";
import { chainMetrics } from "./catalogue/chain.js";
import { hostMetrics } from "./catalogue/host.js";
import { ipcMetrics } from "./catalogue/ipc.js";
import { nodeApiMetrics } from "./catalogue/node-api.js";
import { sandboxMetrics } from "./catalogue/sandbox.js";
import { streamMetrics } from "./catalogue/streams.js";
import { supervisorMetrics } from "./catalogue/supervisor.js";
import type { MetricDefinition } from "./metric-definition.js";

const definitions = {
  ...hostMetrics,
  ...busMetrics,
  ...ipcMetrics,
  ...supervisorMetrics,
  ...sandboxMetrics,
  ...nodeApiMetrics,
  ...chainMetrics,
  ...streamMetrics,
};

export type MetricName = keyof typeof definitions;

/**
 * Every metric of this engine by name, besides prom-client's own `process_*` and `nodejs_*`.
 * On every scrape, per module and event type:
 * matched = delivered + dropped + failed + filtered + queue_depth + in_flight.
 * @see https://prometheus.io/docs/practices/naming/
 */
export const metricCatalogue: Readonly<Record<MetricName, MetricDefinition>> = definitions;

/** The names of all lines that these metrics make at /metrics. */
export function metricLineNames(): ReadonlySet<string> {
  const names = Object.entries(metricCatalogue).flatMap(([name, { type }]) =>
    type === "histogram" ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set(names);
}
