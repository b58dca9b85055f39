export { type MetricName, metricCatalogue, metricLineNames } from "./catalogue.js";
export type { ConfigReloadCounts } from "./collect-samples.js";
export type { MetricDefinition, MetricType } from "./metric-definition.js";
export { createMetrics, type MetricSources, type Metrics } from "./metrics.js";
export type { ReportedFamily } from "./reported.js";
export type { RejectedCount } from "./samples/bus.js";
export type { ChainStatus } from "./samples/chain.js";
export type { ModuleStatus } from "./samples/modules.js";
export type { HookCount, PermissionCount } from "./samples/requests.js";
