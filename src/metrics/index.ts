export {
  type MetricDefinition,
  type MetricName,
  type MetricType,
  metricCatalogue,
  metricLineNames,
} from "./catalogue.js";
export type { HookCount, ModuleStatus, PermissionCount, RejectedCount } from "./collect-samples.js";
export { createMetrics, type Metrics } from "./metrics.js";
export type { ReportedFamily } from "./reported.js";
