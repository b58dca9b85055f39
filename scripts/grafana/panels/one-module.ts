import { badFrom, type Panel } from "../panel-spec.js";
import { increase, ofModule, ofType, quantile, rate } from "../variables.js";

export const isUp: Panel = {
  kind: "stat",
  title: "Up",
  description: "Whether the module is connected and subscribed now.",
  unit: "none",
  queries: [{ expr: `min(blvm_module_up{${ofModule}})`, legend: "up" }],
  width: 4,
  alerts: ["BlvmModuleDown"],
  steps: [
    { from: null, colour: "red" },
    { from: 1, colour: "green" },
  ],
  states: [
    { value: 0, text: "down", colour: "red" },
    { value: 1, text: "up", colour: "green" },
  ],
};

export const dropRatio: Panel = {
  kind: "stat",
  title: "Share of drops",
  description: "Of what the module wants, the share that its full channel refused in the last five minutes.",
  unit: "percentunit",
  queries: [{ expr: `max(module:blvm_events_dropped:ratio_rate5m{${ofModule}})`, legend: "drops" }],
  width: 4,
  alerts: ["BlvmEventsDropped"],
  steps: badFrom(0.01, 0.001),
  whenEmpty: "nothing matched",
};

export const fill: Panel = {
  kind: "stat",
  title: "Channel",
  description: "Events that wait, of the events that may wait.",
  unit: "percentunit",
  queries: [{ expr: `max(module:blvm_event_queue_fill:ratio{${ofModule}})`, legend: "full" }],
  width: 4,
  alerts: ["BlvmQueueNearFull"],
  steps: badFrom(0.8, 0.5),
  whenEmpty: "not connected",
};

export const handlerP99: Panel = {
  kind: "stat",
  title: "Handlers' p99",
  description:
    "Of the last five minutes' events 99 in 100 were handled within this time, as the module measured it.",
  unit: "s",
  queries: [
    { expr: `max(module:blvm_event_handler_duration_seconds:p99_rate5m{${ofModule}})`, legend: "p99" },
  ],
  width: 4,
  steps: badFrom(0.5, 0.1),
};

export const restartsOfHour: Panel = {
  kind: "stat",
  title: "Restarts within an hour",
  description: "Starts after the module's first one, for whatever reason.",
  unit: "short",
  queries: [{ expr: `max(module:blvm_module_restarts:increase1h{${ofModule}})`, legend: "restarts" }],
  width: 4,
  steps: badFrom(3, 1),
};

export const latencyP99: Panel = {
  kind: "stat",
  title: "Latency's p99",
  description:
    "Of the last five minutes' deliveries 99 in 100 were acknowledged within this time after publish.",
  unit: "s",
  queries: [
    { expr: `max(module:blvm_event_delivery_latency_seconds:p99_rate5m{${ofModule}})`, legend: "p99" },
  ],
  width: 4,
  alerts: ["BlvmDeliverySlow"],
  steps: badFrom(0.5, 0.1),
};

const books: readonly (readonly [metric: string, legend: string])[] = [
  ["blvm_events_matched_total", "matched"],
  ["blvm_events_delivered_total", "delivered"],
  ["blvm_events_filtered_total", "filtered"],
  ["blvm_events_dropped_total", "dropped"],
  ["blvm_events_failed_total", "failed"],
];

export const accounts: Panel = {
  kind: "lines",
  title: "Where its events went",
  description:
    "What matched, and what became of it: at each moment matched is delivered, filtered, dropped, failed, waiting and in flight together.",
  unit: "eps",
  queries: books.map(([metric, legend]) => ({ expr: `sum(${rate(metric, ofType)})`, legend })),
  width: 12,
};

export const matchedByType: Panel = {
  kind: "lines",
  title: "Matched by type",
  description: "What comes, by event type: what the module could subscribe to with a filter, or not at all.",
  unit: "eps",
  queries: [
    { expr: `sum by (event_type) (${rate("blvm_events_matched_total", ofType)})`, legend: "{{event_type}}" },
  ],
  width: 12,
  isStacked: true,
};

export const deliveredByType: Panel = {
  kind: "lines",
  title: "Delivered by type",
  description: "What the module acknowledged, by event type.",
  unit: "eps",
  queries: [
    {
      expr: `sum by (event_type) (${rate("blvm_events_delivered_total", ofType)})`,
      legend: "{{event_type}}",
    },
  ],
  width: 12,
  isStacked: true,
};

export const lostByType: Panel = {
  kind: "lines",
  title: "Lost by type",
  description: "What the module did not get, by event type, for whatever reason.",
  unit: "eps",
  queries: [
    {
      expr: `sum by (event_type, reason) (${rate("blvm_events_dropped_total", ofType)})`,
      legend: "{{event_type}} {{reason}}",
    },
    {
      expr: `sum by (event_type, reason) (${rate("blvm_events_failed_total", ofType)})`,
      legend: "{{event_type}} {{reason}}",
    },
  ],
  width: 12,
  alerts: ["BlvmEventsDropped", "BlvmCriticalEventDropped", "BlvmEventsFailed"],
  losses: /./,
  isStacked: true,
};

export const waitingByType: Panel = {
  kind: "lines",
  title: "Waiting by type",
  description: "What the module's channel holds, by event type: the type that fills it.",
  unit: "short",
  queries: [
    { expr: `sum by (event_type) (blvm_event_queue_depth{${ofType}})`, legend: "{{event_type}}" },
    { expr: `max(blvm_event_queue_capacity{${ofModule}})`, legend: "may hold" },
  ],
  width: 12,
  bounds: /^may hold$/,
};

export const inFlightByType: Panel = {
  kind: "lines",
  title: "Sent and not yet acknowledged, by type",
  description: "What the module has and has not confirmed, by event type: what it is at.",
  unit: "short",
  queries: [{ expr: `sum by (event_type) (blvm_events_in_flight{${ofType}})`, legend: "{{event_type}}" }],
  width: 12,
};

export const handlerHeat: Panel = {
  kind: "heatmap",
  title: "Handler time",
  description:
    "How long the module's handlers took: the darker, the more. A second band far above the first one is a kind of event that costs more, or a pause.",
  unit: "s",
  queries: [
    {
      expr: `sum by (le) (${increase("blvm_event_handler_duration_seconds_bucket", ofModule)})`,
      legend: "{{le}}",
    },
  ],
  width: 12,
};

export const methods: Panel = {
  kind: "lines",
  title: "Requests by method and outcome",
  description:
    "What the module asks the node for, and how it ends. A method that the protocol lacks is other.",
  unit: "reqps",
  queries: [
    {
      expr: `sum by (method, outcome) (${rate("blvm_ipc_requests_total", ofModule)}) > 0`,
      legend: "{{method}} {{outcome}}",
    },
  ],
  width: 12,
  alerts: ["BlvmIpcRequestsFailing"],
  whenEmpty: "it asks for nothing",
};

export const permissions: Panel = {
  kind: "table",
  title: "Permissions used",
  description:
    "Requests of the module within the chosen time by the permission that they need, and what was decided.",
  unit: "short",
  queries: [
    {
      expr: `sum by (module, permission, outcome) (increase(blvm_module_requests_total{${ofModule}}[$__range]))`,
      legend: "{{permission}} {{outcome}}",
    },
  ],
  width: 12,
  whenEmpty: "it asks for nothing",
};

export const hooks: Panel = {
  kind: "lines",
  title: "Questions to its hooks",
  description:
    "How the host's questions to the module ended: answered, none (no opinion), failed, timeout, misfit (an answer that doesn't fit), or resting (it was not asked, for it had run out of time too often or had too many open).",
  unit: "reqps",
  queries: [
    {
      expr: `sum by (hook, outcome) (${rate("blvm_module_hook_calls_total", ofModule)})`,
      legend: "{{hook}} {{outcome}}",
    },
  ],
  width: 12,
  whenEmpty: "it has no hooks",
};

export const partialFrames: Panel = {
  kind: "bars",
  title: "Frames that it never ended",
  description:
    "Bytes of frames that the module began and did not end before its connection closed: it was killed in the middle of a sentence.",
  unit: "bytes",
  queries: [
    {
      expr: `sum by (module) (${increase("blvm_module_partial_frame_bytes_total", ofModule)})`,
      legend: "{{module}}",
    },
  ],
  width: 12,
};

export const latencyShares: Panel = {
  kind: "lines",
  title: "Latency beside handler time",
  description:
    "The same quantile of both: what lies between the lines is the time that events waited, in the channel, on their way, or for the host.",
  unit: "s",
  queries: [
    {
      expr: quantile(0.95, "", "blvm_event_delivery_latency_seconds", ofModule),
      legend: "latency p95",
    },
    { expr: quantile(0.95, "", "blvm_event_handler_duration_seconds", ofModule), legend: "handlers p95" },
  ],
  width: 12,
};
