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
  readonly owner: "host" | "bus" | "supervisor" | "node-api" | "streams" | "sandbox";
}

const perType = ["module", "event_type"] as const;

const definitions = {
  blvm_build_info: {
    type: "gauge",
    labels: ["version", "node_version"],
    help: "Always 1; its labels tell which version runs on which Node.js.",
    owner: "host",
  },
  blvm_events_published_total: {
    type: "counter",
    labels: ["event_type", "source"],
    help: "Events that the bus accepted, by who published them: node, module or stream.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_publish_rejected_total: {
    type: "counter",
    labels: ["source", "reason"],
    help: "Events that were refused before the bus: reason permission, schema or rate.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_matched_total: {
    type: "counter",
    labels: perType,
    help: "Events that the module had subscribed to.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_delivered_total: {
    type: "counter",
    labels: perType,
    help: "Events that the module acknowledged.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_dropped_total: {
    type: "counter",
    labels: ["module", "event_type", "critical", "reason"],
    help: "Events that a full channel refused: the module is slow.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_failed_total: {
    type: "counter",
    labels: ["module", "event_type", "reason"],
    help: "Events lost because the connection closed or because they could not be encoded (reason serialization).",
    unit: "events",
    owner: "bus",
  },
  blvm_events_fate_unknown_total: {
    type: "counter",
    labels: perType,
    help: "The part of the failed (closed) events that had been sent: the module may have handled them.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_filtered_total: {
    type: "counter",
    labels: perType,
    help: "Events that the module's own filter did not want; not a loss.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_filter_failures_total: {
    type: "counter",
    labels: perType,
    help: "The part of the filtered events on which the module's filter failed or took too long.",
    unit: "events",
    owner: "bus",
  },
  blvm_event_gaps_total: {
    type: "counter",
    labels: ["module"],
    help: "Gap marks sent: places in the module's stream where it was told of a loss.",
    owner: "bus",
  },
  blvm_event_queue_depth: {
    type: "gauge",
    labels: perType,
    help: "Events that wait for the module.",
    unit: "events",
    owner: "bus",
  },
  blvm_events_in_flight: {
    type: "gauge",
    labels: perType,
    help: "Events sent to the module and not yet acknowledged.",
    unit: "events",
    owner: "bus",
  },
  blvm_event_queue_capacity: {
    type: "gauge",
    labels: ["module"],
    help: "Events that may wait for the module before new ones are dropped.",
    unit: "events",
    owner: "bus",
  },
  blvm_event_queue_bytes: {
    type: "gauge",
    labels: ["module"],
    help: "Encoded bytes held for the module, waiting and in flight together.",
    unit: "bytes",
    owner: "bus",
  },
  blvm_event_queue_oldest_age_seconds: {
    type: "gauge",
    labels: ["module"],
    help: "Age of the oldest event that waits for the module, 0 when none does.",
    unit: "seconds",
    owner: "bus",
  },
  blvm_event_delivery_latency_seconds: {
    type: "histogram",
    labels: ["module"],
    help: "Time from publish to acknowledgement.",
    unit: "seconds",
    owner: "bus",
  },
  blvm_event_handler_duration_seconds: {
    type: "histogram",
    labels: ["module"],
    help: "Time that the module's handlers took, as its acknowledgements tell it.",
    unit: "seconds",
    owner: "bus",
  },
  blvm_event_subscribers: {
    type: "gauge",
    labels: ["event_type"],
    help: "Modules that are subscribed to the event type now.",
    owner: "bus",
  },
  blvm_event_last_sequence: {
    type: "gauge",
    labels: [],
    help: "Sequence number of the newest event.",
    owner: "bus",
  },
  blvm_module_acked_sequence: {
    type: "gauge",
    labels: ["module"],
    help: "Highest sequence number that the module acknowledged.",
    owner: "bus",
  },
  blvm_module_last_event_timestamp_seconds: {
    type: "gauge",
    labels: ["module"],
    help: "When the module last acknowledged an event, in seconds since 1970; 0 before the first.",
    unit: "seconds",
    owner: "bus",
  },
  blvm_module_partial_frame_bytes_total: {
    type: "counter",
    labels: ["module"],
    help: "Bytes of frames that the module began and never ended, dropped when its connection closed.",
    owner: "supervisor",
  },
  blvm_module_up: {
    type: "gauge",
    labels: ["module"],
    help: "1 while the module is connected and subscribed, else 0.",
    owner: "supervisor",
  },
  blvm_module_info: {
    type: "gauge",
    labels: ["module", "version", "state"],
    help: "Always 1; its labels tell the module's version and state.",
    owner: "supervisor",
  },
  blvm_sandbox_info: {
    type: "gauge",
    labels: ["mode"],
    help: "Always 1; its label tells the mode of the sandbox: auto, strict or off.",
    owner: "sandbox",
  },
  blvm_sandbox_layer_status: {
    type: "gauge",
    labels: ["layer", "status"],
    help: "1 for the status that the layer of the sandbox has, 0 for the others: enforced, partial, missing or off.",
    owner: "sandbox",
  },
  blvm_module_requests_total: {
    type: "counter",
    labels: ["module", "permission", "outcome"],
    help: "Requests of the module that need the permission, by what the gate decided: outcome allowed or denied.",
    owner: "node-api",
  },
  blvm_module_hook_calls_total: {
    type: "counter",
    labels: ["module", "hook", "outcome"],
    help: "Questions to the module's hooks: outcome answered, none, failed, timeout, misfit, or resting (not asked).",
    owner: "node-api",
  },
  blvm_pipeline_events_total: {
    type: "counter",
    labels: ["pipeline", "step", "direction"],
    help: "Items of a stream by step or sink: direction in, out, dropped (by its bound or policy) or error.",
    owner: "streams",
  },
  blvm_pipeline_held_events: {
    type: "gauge",
    labels: ["pipeline", "step"],
    help: "Items that a step's window or a sink's buffer holds now.",
    owner: "streams",
  },
  blvm_pipeline_sink_retries_total: {
    type: "counter",
    labels: ["pipeline", "sink"],
    help: "Attempts of a sink after its first.",
    owner: "streams",
  },
  blvm_pipeline_dead_letters_total: {
    type: "counter",
    labels: ["pipeline", "sink"],
    help: "Items that a sink gave up and wrote to its dead letters.",
    owner: "streams",
  },
  blvm_stream_up: {
    type: "gauge",
    labels: ["pipeline"],
    help: "1 while the stream runs, else 0.",
    owner: "streams",
  },
  blvm_stream_generation: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Which version of the stream's file runs, from 1; 0 when none could be read.",
    owner: "streams",
  },
  blvm_stream_file_problems: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Problems of the stream's file as it is now; an older generation runs on then.",
    owner: "streams",
  },
  blvm_stream_restarts_total: {
    type: "counter",
    labels: ["pipeline"],
    help: "Starts of the stream after it failed.",
    owner: "streams",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

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
