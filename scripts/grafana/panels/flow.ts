import type { Panel } from "../panel-spec.js";
import { increase, ofHost, ofModule, ofType, rate } from "../variables.js";

export const published: Panel = {
  kind: "lines",
  title: "Published by type",
  description:
    "Events that the bus accepted, by type: at each moment the ten types with most of them. A line that stops may have left the ten.",
  unit: "eps",
  queries: [
    {
      expr: `topk(10, sum by (event_type) (${rate("blvm_events_published_total", `${ofHost},event_type=~"$event_type"`)}))`,
      legend: "{{event_type}}",
    },
  ],
  width: 8,
};

export const delivered: Panel = {
  kind: "lines",
  title: "Delivered by module",
  description:
    "Events that each module acknowledged. It should follow what the module matched, less what its filter took out.",
  unit: "eps",
  queries: [
    { expr: `sum by (module) (${rate("blvm_events_delivered_total", ofType)})`, legend: "{{module}}" },
  ],
  width: 8,
};

export const matched: Panel = {
  kind: "lines",
  title: "Matched by module",
  description:
    "Events that each module had subscribed to. Each of them is delivered, filtered, dropped or failed in the end: nothing vanishes between these panels.",
  unit: "eps",
  queries: [{ expr: `sum by (module) (${rate("blvm_events_matched_total", ofType)})`, legend: "{{module}}" }],
  width: 8,
};

export const lost: Panel = {
  kind: "lines",
  title: "Lost by module and reason",
  description:
    "full: the module's channel refused the event, the module is slow. closed: the connection ended while it waited or was on its way. serialization: it could not be encoded, or is larger than the module may be sent. A critical event that is lost, one for which slots are kept, is the worst of it.",
  unit: "eps",
  queries: [
    {
      expr: `sum by (module, reason) (${rate("blvm_events_dropped_total", `${ofType},critical="false"`)})`,
      legend: "{{module}} {{reason}}",
    },
    {
      expr: `sum by (module, reason) (${rate("blvm_events_dropped_total", `${ofType},critical="true"`)})`,
      legend: "{{module}} {{reason}}, critical",
    },
    {
      expr: `sum by (module, reason) (${rate("blvm_events_failed_total", ofType)})`,
      legend: "{{module}} {{reason}}",
    },
  ],
  width: 8,
  alerts: ["BlvmEventsDropped", "BlvmCriticalEventDropped", "BlvmEventsFailed"],
  losses: /./,
  isStacked: true,
};

export const gaps: Panel = {
  kind: "bars",
  title: "Gaps told",
  description:
    "Places in a module's stream where it was told that events are missing. One gap may stand for thousands of them; the panel beside it counts those.",
  unit: "short",
  queries: [
    { expr: `sum by (module) (${increase("blvm_event_gaps_total", ofModule)})`, legend: "{{module}}" },
  ],
  width: 8,
  alerts: ["BlvmGapsTold"],
  losses: /./,
};

export const filtered: Panel = {
  kind: "lines",
  title: "Filtered",
  description:
    "Events that a module's own filter did not want: not a loss. An event on which the filter failed, or took too long, is not delivered either: that part is a fault of the filter.",
  unit: "eps",
  queries: [
    { expr: `sum by (module) (${rate("blvm_events_filtered_total", ofType)})`, legend: "{{module}}" },
    {
      expr: `sum by (module) (${rate("blvm_events_filter_failures_total", ofType)})`,
      legend: "{{module}}, its filter failed",
    },
  ],
  width: 8,
};

export const refused: Panel = {
  kind: "bars",
  title: "Refused before the bus",
  description:
    "Events that somebody wanted to publish and might not: the permission is missing, the event doesn't fit its type's schema, or there were too many. Whoever waits for such an event waits in vain.",
  unit: "short",
  queries: [
    {
      expr: `sum by (source, reason) (${increase("blvm_events_publish_rejected_total", ofHost)})`,
      legend: "{{source}}: {{reason}}",
    },
  ],
  width: 8,
  alerts: ["BlvmPublishRejected"],
  losses: /./,
};

export const fateUnknown: Panel = {
  kind: "bars",
  title: "Fate unknown",
  description:
    "The part of the failed events that had been sent when the connection ended: the module may have handled them, or not. A module that counts something has to reckon with either.",
  unit: "short",
  queries: [
    { expr: `sum by (module) (${increase("blvm_events_fate_unknown_total", ofType)})`, legend: "{{module}}" },
  ],
  width: 8,
  losses: /./,
};

export const subscribers: Panel = {
  kind: "lines",
  title: "Subscribers by type",
  description: "How many modules are subscribed to each event type now. A step down is a module that went.",
  unit: "none",
  queries: [
    {
      expr: `max by (event_type) (blvm_event_subscribers{${ofHost},event_type=~"$event_type"})`,
      legend: "{{event_type}}",
    },
  ],
  width: 8,
};
