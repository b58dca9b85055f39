/** Metric types of the Prometheus text format. */
export type MetricType = "counter" | "gauge" | "histogram";

/** One metric as dashboards, alerts and the reference page know it. */
export interface MetricDefinition {
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly help: string;
  /** Base unit of the value; absent where it is a bare count or 0/1. */
  readonly unit?: "events" | "bytes" | "seconds";
  /** The room whose numbers it shows. */
  readonly owner: "host" | "bus" | "ipc" | "supervisor" | "sandbox" | "node-api" | "chain" | "streams";
}
