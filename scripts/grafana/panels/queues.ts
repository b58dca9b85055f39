import { badFrom, type Panel } from "../panel-spec.js";
import { increase, ofHost, ofModule, ofType, quantile } from "../variables.js";

export const queueFill: Panel = {
  kind: "cells",
  title: "How full each channel is",
  description:
    "Events that wait, of the events that may wait before new ones are dropped. A burst fills a channel for seconds. Above 80 % there is no room for the next one. More than 100 % are critical events, for which slots are kept.",
  unit: "percentunit",
  queries: [{ expr: `module:blvm_event_queue_fill:ratio{${ofModule}}`, legend: "{{module}}" }],
  width: 12,
  alerts: ["BlvmQueueNearFull"],
  steps: badFrom(0.8, 0.5),
};

export const depthAndCapacity: Panel = {
  kind: "lines",
  title: "Waiting, and room for it",
  description:
    "Events that wait for each module, of the chosen types, and how many may wait. A line that lies on its dashed bound loses events.",
  unit: "short",
  queries: [
    { expr: `sum by (module) (blvm_event_queue_depth{${ofType}})`, legend: "{{module}}" },
    { expr: `sum by (module) (blvm_event_queue_capacity{${ofModule}})`, legend: "{{module}} may hold" },
  ],
  width: 12,
  bounds: /may hold$/,
};

export const oldestAge: Panel = {
  kind: "lines",
  title: "Oldest waiting event by module",
  description:
    "Age of the event at the head of each channel. As long as it stays low, a deep channel is only a burst. A slope of one second per second is a module that takes nothing at all.",
  unit: "s",
  queries: [
    { expr: `max by (module) (blvm_event_queue_oldest_age_seconds{${ofModule}})`, legend: "{{module}}" },
  ],
  width: 8,
};

export const inFlight: Panel = {
  kind: "lines",
  title: "Sent and not yet acknowledged",
  description:
    "Events that a module has and has not confirmed. It is bounded by the module's window; a module whose line stays at that bound is what the channel waits for.",
  unit: "short",
  queries: [{ expr: `sum by (module) (blvm_events_in_flight{${ofType}})`, legend: "{{module}}" }],
  width: 8,
};

export const heldBytes: Panel = {
  kind: "lines",
  title: "Memory that channels hold",
  description:
    "Encoded bytes that the host keeps for each module, waiting and in flight. Modules that want the same event share its bytes: the host needs less than the sum.",
  unit: "bytes",
  queries: [{ expr: `sum by (module) (blvm_event_queue_bytes{${ofModule}})`, legend: "{{module}}" }],
  width: 8,
};

export const latencyHeat: Panel = {
  kind: "heatmap",
  title: "Delivery latency",
  description:
    "How long deliveries took from publish to acknowledgement, all chosen modules together: the darker, the more. Two bands are two kinds of modules.",
  unit: "s",
  queries: [
    {
      expr: `sum by (le) (${increase("blvm_event_delivery_latency_seconds_bucket", ofModule)})`,
      legend: "{{le}}",
    },
  ],
  width: 12,
};

export const latencyQuantiles: Panel = {
  kind: "lines",
  title: "Delivery latency by module",
  description:
    "Half of the deliveries took at most p50, 95 of 100 at most p95, 99 of 100 at most p99. Events that wait in line count their wait. The highest bound of the histogram stands for everything above it.",
  unit: "s",
  queries: [0.5, 0.95, 0.99].map((share) => ({
    expr: quantile(share, "module", "blvm_event_delivery_latency_seconds", ofModule),
    legend: `{{module}} p${share * 100}`,
  })),
  width: 12,
  alerts: ["BlvmDeliverySlow"],
  steps: badFrom(0.5),
};

export const handlerQuantiles: Panel = {
  kind: "lines",
  title: "Handler time by module",
  description:
    "What the module's own handlers took, as it measured it. When this is as long as the latency, the module is slow; when it is much shorter, events wait in line or the host is late.",
  unit: "s",
  queries: [0.5, 0.99].map((share) => ({
    expr: quantile(share, "module", "blvm_event_handler_duration_seconds", ofModule),
    legend: `{{module}} p${share * 100}`,
  })),
  width: 12,
};

export const slowStarts: Panel = {
  kind: "lines",
  title: "Episodes of loss within 15 minutes",
  description:
    "Each is a channel that overflowed until it was empty again. One may be a burst; three in a quarter of an hour are a habit.",
  unit: "short",
  queries: [
    {
      expr: `sum by (module) (increase(blvm_module_slow_episodes_total{${ofModule}}[15m]))`,
      legend: "{{module}}",
    },
  ],
  width: 12,
  alerts: ["BlvmModuleSlow"],
  steps: badFrom(2.5),
};

export const ackedLag: Panel = {
  kind: "lines",
  title: "Events behind the newest",
  description:
    "Sequence numbers between the newest event and the last one that the module acknowledged. A module that subscribed to rare types lags without being slow: look at its channel as well.",
  unit: "short",
  queries: [{ expr: `module:blvm_event_acked_lag:events{${ofModule}}`, legend: "{{module}}" }],
  width: 8,
};

export const sinceLastEvent: Panel = {
  kind: "lines",
  title: "Time since the last acknowledgement",
  description:
    "How long ago each module acknowledged an event; modules that never did are not shown. Long is ordinary for rare types, and a hint for others.",
  unit: "s",
  queries: [
    {
      expr: `time() - max by (module) (blvm_module_last_event_timestamp_seconds{${ofModule}} > 0)`,
      legend: "{{module}}",
    },
  ],
  width: 8,
};

export const sequence: Panel = {
  kind: "lines",
  title: "Sequence numbers",
  description:
    "The newest event's, and what each module acknowledged last. Lines that run side by side are modules that keep up; a flat one has stopped.",
  unit: "short",
  queries: [
    { expr: `max(blvm_event_last_sequence{${ofHost}})`, legend: "newest" },
    { expr: `max by (module) (blvm_module_acked_sequence{${ofModule}})`, legend: "{{module}}" },
  ],
  width: 8,
  bounds: /^newest$/,
};
