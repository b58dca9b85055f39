import { badFrom, type Panel, type State } from "../panel-spec.js";
import { ofModule, rate } from "../variables.js";

const upStates: readonly State[] = [
  { value: 0, text: "down", colour: "red" },
  { value: 1, text: "up", colour: "green" },
];
const healthStates: readonly State[] = [
  { value: 0, text: "healthy", colour: "green" },
  { value: 1, text: "degraded", colour: "orange" },
  { value: 2, text: "unresponsive", colour: "red" },
  { value: 3, text: "crashed", colour: "red" },
];
const badHealth = ["degraded", "unresponsive", "crashed"];

export const up: Panel = {
  kind: "states",
  title: "Up",
  description:
    "Whether each module is connected and subscribed. A reload is a gap of seconds; a module that an operator unloaded stays down here and rings no alert.",
  unit: "none",
  queries: [{ expr: `min by (module) (blvm_module_up{${ofModule}})`, legend: "{{module}}" }],
  width: 12,
  alerts: ["BlvmModuleDown"],
  states: upStates,
};

export const health: Panel = {
  kind: "states",
  title: "Health",
  description:
    "What the host thinks of each module. Degraded: slow, near a limit, or by its own word. Unresponsive: its process lives and was silent for five heartbeats. Crashed: its process is gone.",
  unit: "none",
  queries: [
    {
      expr: badHealth
        .map(
          (state, index) =>
            `${index + 1} * max by (module) (blvm_module_health{${ofModule},state="${state}"})`,
        )
        .join(" + "),
      legend: "{{module}}",
    },
  ],
  width: 12,
  alerts: ["BlvmModuleDegraded", "BlvmModuleUnresponsive"],
  states: healthStates,
};

export const restarts: Panel = {
  kind: "lines",
  title: "Restarts within 15 minutes",
  description:
    "Starts after a module's first one, by how it ended before: crash (its own error), heartbeat (killed for its silence), limit (memory, disk or files), dependency (what it needs went), and reload or manual, which somebody wanted. The alert counts the first three.",
  unit: "short",
  queries: [
    {
      expr: `sum by (module, reason) (increase(blvm_module_restarts_total{${ofModule}}[15m])) > 0`,
      legend: "{{module}} {{reason}}",
    },
  ],
  width: 12,
  alerts: ["BlvmModuleCrashLoop"],
  steps: badFrom(1.5),
  whenEmpty: "no restarts",
};

export const memoryFill: Panel = {
  kind: "cells",
  title: "Memory in use",
  description:
    "Resident memory of each module as a share of what it may have. At the limit the host kills it. A slope is a leak, a plateau near the top is a limit that is too small.",
  unit: "percentunit",
  queries: [{ expr: `module:blvm_module_memory_fill:ratio{${ofModule}}`, legend: "{{module}}" }],
  width: 12,
  alerts: ["BlvmModuleMemoryNearLimit"],
  steps: badFrom(0.9, 0.7),
};

export const cpu: Panel = {
  kind: "lines",
  title: "Processor",
  description:
    "Cores that each module's process and its descendants use. Near 1 for long is a module that computes without a pause; 0 of a module that is unresponsive means that it is stopped or waits.",
  unit: "none",
  queries: [
    { expr: `sum by (module) (${rate("blvm_module_cpu_seconds_total", ofModule)})`, legend: "{{module}}" },
  ],
  width: 8,
};

export const memory: Panel = {
  kind: "lines",
  title: "Memory and its limit",
  description:
    "Resident memory of each module's process and its descendants, and how much it may have before the host kills it.",
  unit: "bytes",
  queries: [
    { expr: `sum by (module) (blvm_module_resident_memory_bytes{${ofModule}})`, legend: "{{module}}" },
    { expr: `sum by (module) (blvm_module_memory_limit_bytes{${ofModule}})`, legend: "{{module}} may have" },
  ],
  width: 8,
  bounds: /may have$/,
};

export const descriptors: Panel = {
  kind: "lines",
  title: "Open descriptors",
  description: "Files and sockets that each module has open. A slope is a leak.",
  unit: "none",
  queries: [{ expr: `sum by (module) (blvm_module_open_fds{${ofModule}})`, legend: "{{module}}" }],
  width: 8,
};

export const heartbeat: Panel = {
  kind: "lines",
  title: "Heartbeat",
  description:
    "How long each module took to answer the newest ping that it answered. It is the delay of the module's own event loop; a line that stays level to the last digit is a module that answers no more.",
  unit: "s",
  queries: [
    { expr: `max by (module) (blvm_module_heartbeat_rtt_seconds{${ofModule}})`, legend: "{{module}}" },
  ],
  width: 12,
};

export const startTime: Panel = {
  kind: "lines",
  title: "Time to start",
  description:
    "From the start of a module's process to its first subscription: the mean of all its starts that got there.",
  unit: "s",
  queries: [
    {
      expr: `sum by (module) (blvm_module_start_duration_seconds_sum{${ofModule}}) / sum by (module) (blvm_module_start_duration_seconds_count{${ofModule}} > 0)`,
      legend: "{{module}}",
    },
  ],
  width: 12,
};

export const versions: Panel = {
  kind: "table",
  title: "Versions and states",
  description:
    "The version of each module and the state of its life: Running, Starting, Stopped, Error and so on.",
  unit: "none",
  queries: [
    { expr: `max by (module, version, state) (blvm_module_info{${ofModule}})`, legend: "{{module}}" },
  ],
  width: 12,
};
