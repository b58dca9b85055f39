export { type MetricDefinition, type MetricName, type MetricType, metricCatalogue } from "./catalogue.js";
export type { ModuleStatus, RejectedCount } from "./collect-samples.js";
export { createMetrics, type Metrics } from "./metrics.js";
