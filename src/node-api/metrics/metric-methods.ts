import type { Methods } from "../method.js";

/** Numbers that modules report, and who reads them. */
export const metricMethods: Methods<"ReportMetric" | "GetModuleMetrics" | "GetAllMetrics"> = {
  ReportMetric: ({ input, caller, services }) => {
    services.metrics.report(input.metric, caller);
    return null;
  },
  GetModuleMetrics: ({ input, services }) => services.metrics.of(input.module_id),
  GetAllMetrics: ({ services }) => services.metrics.all(),
};
