import { badFrom, type Panel } from "../panel-spec.js";
import { ofHost, ofModule, ofType, rate } from "../variables.js";

export const modulesUp: Panel = {
  kind: "stat",
  title: "Modules",
  description:
    "How many modules are connected and subscribed, how many should be and aren't, and how many the host knows. A module that an operator unloaded is not missed. The row Lives and resources tells which one is down.",
  unit: "none",
  queries: [
    { expr: `sum(blvm_module_up{${ofModule}})`, legend: "up" },
    {
      expr: `sum((1 - blvm_module_up{${ofModule}}) unless on (instance, module) blvm_module_info{${ofModule},state="Stopped"})`,
      legend: "down",
    },
    { expr: `count(blvm_module_up{${ofModule}})`, legend: "known" },
  ],
  width: 4,
  alerts: ["BlvmModuleDown"],
  judged: /^down$/,
  steps: badFrom(1),
};

export const eventsPerSecond: Panel = {
  kind: "stat",
  title: "Events per second",
  description:
    "Events that the bus accepted, and deliveries that modules acknowledged. One event counts once for each module that wanted it, so that deliveries may be many times the events.",
  unit: "eps",
  queries: [
    {
      expr: `sum(${rate("blvm_events_published_total", `${ofHost},event_type=~"$event_type"`)})`,
      legend: "published",
    },
    { expr: `sum(${rate("blvm_events_delivered_total", ofType)})`, legend: "delivered" },
  ],
  width: 4,
};

export const worstDropRatio: Panel = {
  kind: "stat",
  title: "Worst share of drops",
  description:
    "Of what a module wants, the share that its full channel refused in the last five minutes; the worst module's. 0 is ordinary, more than 1 % is a module that is slower than its events come. Of all event types, whatever is chosen above.",
  unit: "percentunit",
  queries: [{ expr: `max(module:blvm_events_dropped:ratio_rate5m{${ofModule}})`, legend: "worst module" }],
  width: 4,
  alerts: ["BlvmEventsDropped"],
  steps: badFrom(0.01, 0.001),
  whenEmpty: "nothing matched",
};

export const worstLatency: Panel = {
  kind: "stat",
  title: "Worst p99 latency",
  description:
    "One delivery in a hundred took longer than this from publish to acknowledgement, in the last five minutes; the worst module's. Milliseconds are ordinary. Half a second means that events wait in line.",
  unit: "s",
  queries: [
    {
      expr: `max(module:blvm_event_delivery_latency_seconds:p99_rate5m{${ofModule}})`,
      legend: "worst module",
    },
  ],
  width: 4,
  alerts: ["BlvmDeliverySlow"],
  steps: badFrom(0.5, 0.1),
};

export const oldestWaiting: Panel = {
  kind: "stat",
  title: "Oldest waiting event",
  description:
    "Age of the event that has waited longest in any module's channel; 0 when none waits. What grows without end is a module that doesn't acknowledge any more.",
  unit: "s",
  queries: [{ expr: `max(blvm_event_queue_oldest_age_seconds{${ofModule}})`, legend: "oldest" }],
  width: 4,
  steps: badFrom(10, 1),
};

export const blockAge: Panel = {
  kind: "stat",
  title: "Newest block",
  description:
    "Time since the host was told of a block; before the first one, since its start. Ten minutes are the average on mainnet, ninety minutes happen less than once in fifty days. A replay that ended, or a devnet that mines by hand, is at rest by design.",
  unit: "s",
  queries: [{ expr: `max(instance:blvm_chain_last_block_age:seconds{${ofHost}})`, legend: "age" }],
  width: 4,
  alerts: ["BlvmNoBlocks"],
  steps: badFrom(5400, 3600),
};

export const firingAlerts: Panel = {
  kind: "table",
  title: "Alerts",
  description:
    "Alerts about this host that fire or are about to, by the rules of grafana/rules. docs/alerts.md says of each what to look at and what to do.",
  unit: "none",
  queries: [
    {
      expr: `sum by (alertname, alertstate, severity, module) (ALERTS{alertname=~"Blvm.+",${ofHost}})`,
      legend: "{{alertname}}",
    },
  ],
  width: 12,
  whenEmpty: "no alerts",
};

export const slowEpisodes: Panel = {
  kind: "states",
  title: "Slow modules",
  description:
    "An episode begins with the first event that a module's full channel refused, and ends when the channel is empty again. When it is over, the log has one line about it.",
  unit: "none",
  queries: [{ expr: `max by (module) (blvm_module_slow{${ofModule}})`, legend: "{{module}}" }],
  width: 12,
  alerts: ["BlvmModuleSlow"],
  states: [
    { value: 0, text: "keeps up", colour: "green" },
    { value: 1, text: "loses events", colour: "red" },
  ],
};
