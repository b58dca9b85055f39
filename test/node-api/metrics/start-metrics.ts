import { apiMetrics } from "../../../src/host/api-metrics.js";
import { createMetrics, metricLineNames } from "../../../src/metrics/index.js";
import { bareDependencies, createNodeApi } from "../../../src/node-api/index.js";
import type { Metric } from "../../../src/requests/index.js";
import { realBus } from "../../kit/real-bus.js";
import { type Connection, startConnection } from "../start-connection.js";

export const counter = (name: string, total: number, labels: Metric["labels"] = {}): { metric: Metric } => ({
  metric: { name, value: { Counter: total }, labels, timestamp: 1 },
});
export const gauge = (name: string, value: number, labels: Metric["labels"] = {}): { metric: Metric } => ({
  metric: { name, value: { Gauge: value }, labels, timestamp: 1 },
});
export const histogram = (
  name: string,
  values: number[],
  labels: Metric["labels"] = {},
): { metric: Metric } => ({ metric: { name, value: { Histogram: values }, labels, timestamp: 1 } });

/** The node's API with /metrics over it, as a host joins them. */
export function startMetrics() {
  const api = createNodeApi(bareDependencies({ publish: () => 1, reservedMetricNames: metricLineNames() }));
  const metrics = createMetrics({
    bus: realBus(),
    modules: () => [],
    rejectedCounts: () => [],
    version: "1.2.3",
    ...apiMetrics(api.services, { families: () => [], list: () => [] }),
  });
  const connect = (name: string): Connection & { report(payload: object): Promise<string | undefined> } => {
    const connection = startConnection(api, name);
    return { ...connection, report: (payload) => connection.codeOf("ReportMetric", payload) };
  };
  return { api, connect, render: () => metrics.render() };
}
