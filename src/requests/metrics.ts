import { z } from "zod";
import { request } from "./define-request.js";
import { list, text, unit } from "./fields.js";
import { type Metric, metric } from "./records/modules.js";

const read = { permission: "read_metrics" } as const;

/** Numbers that modules report. They are served at /metrics with the label `module`. */
export const metricRequests = {
  ReportMetric: request({
    permission: "report_metrics",
    errors: ["RANGE_ERROR", "METRICS_LIMIT", "NAME_TAKEN", "BAD_NAME"],
    about:
      "Sets a counter or a gauge, or adds observations to a histogram, by name and labels. They are served at /metrics with the label `module` until the connection ends.",
    input: () => z.object({ metric: metric() }),
    answer: unit,
    call: (metric: Metric) => ({ metric }),
  }),
  GetModuleMetrics: request({
    isLarge: true,
    ...read,
    about:
      "What a module that is connected reported last, by name or id, of a histogram the newest 100 observations; empty when nothing.",
    input: () => z.object({ module_id: text("name or id", 128) }),
    answer: () => list(metric()),
    call: (module_id: string) => ({ module_id }),
  }),
  GetAllMetrics: request({
    isLarge: true,
    ...read,
    errors: ["LIMIT"],
    about: "What each module reported last, by module name.",
    input: () => z.object({}),
    answer: () => z.record(z.string(), z.array(metric())),
    call: () => ({}),
  }),
};
