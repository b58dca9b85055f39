import { badFrom, type Panel } from "../panel-spec.js";
import { increase, ofHost, ofModule, rate } from "../variables.js";

export const frames: Panel = {
  kind: "lines",
  title: "Frames",
  description:
    "Messages on each module's connections: rx came from the module (acknowledgements, requests), tx went to it (events, answers). Many small tx frames are events that could have gone together.",
  unit: "cps",
  queries: [
    {
      expr: `sum by (module, direction) (${rate("blvm_ipc_frames_total", ofModule)})`,
      legend: "{{module}} {{direction}}",
    },
  ],
  width: 8,
};

export const bytes: Panel = {
  kind: "lines",
  title: "Bytes",
  description:
    "Bytes on each module's connections, frame headers included: rx came from the module, tx went to it.",
  unit: "Bps",
  queries: [
    {
      expr: `sum by (module, direction) (${rate("blvm_ipc_bytes_total", ofModule)})`,
      legend: "{{module}} {{direction}}",
    },
  ],
  width: 8,
};

export const openRequests: Panel = {
  kind: "lines",
  title: "Connections and open requests",
  description:
    "Connections that passed their handshake, and the requests of each module that wait for their answer. Requests that pile up wait for the chain source.",
  unit: "none",
  queries: [
    { expr: `max(blvm_ipc_connections{${ofHost}})`, legend: "connections" },
    { expr: `sum by (module) (blvm_ipc_inflight_requests{${ofModule}})`, legend: "{{module}} waits for" },
  ],
  width: 8,
  bounds: /^connections$/,
};

export const requests: Panel = {
  kind: "lines",
  title: "Requests by outcome",
  description:
    "What became of the modules' requests: ok; error (also: what isn't there); timeout; denied (the manifest doesn't declare the permission).",
  unit: "reqps",
  queries: [
    {
      expr: `sum by (outcome) (${rate("blvm_ipc_requests_total", ofModule)})`,
      legend: "{{outcome}}",
    },
  ],
  width: 8,
  losses: /^(error|timeout|denied)$/,
  isStacked: true,
};

export const failingRequests: Panel = {
  kind: "lines",
  title: "Share of requests that fail",
  description:
    "Of each module's requests of the last five minutes, those that ended in an error or too late. One method: the chain source may lack it. All methods: a limit on requests, which the log names.",
  unit: "percentunit",
  queries: [
    {
      expr: `sum by (module) (rate(blvm_ipc_requests_total{${ofModule},outcome=~"error|timeout"}[5m])) / sum by (module) (rate(blvm_ipc_requests_total{${ofModule}}[5m]))`,
      legend: "{{module}}",
    },
  ],
  width: 8,
  alerts: ["BlvmIpcRequestsFailing"],
  steps: badFrom(0.1, 0.01),
};

export const slowMethods: Panel = {
  kind: "lines",
  title: "Requests' p99 by method",
  description:
    "Of the requests of the last five minutes 99 in 100 were answered within this time. Those that were refused over a limit are not among them.",
  unit: "s",
  queries: [{ expr: `method:blvm_ipc_request_duration_seconds:p99_rate5m{${ofHost}}`, legend: "{{method}}" }],
  width: 8,
};

export const protocolErrors: Panel = {
  kind: "bars",
  title: "Breaches of the protocol",
  description:
    "What came over modules' sockets and isn't allowed, by kind. The SDK makes none of these errors: each is a broken client, or somebody who tries the door (identity, handshake).",
  unit: "short",
  queries: [
    {
      expr: `sum by (reason) (${increase("blvm_ipc_protocol_errors_total", ofHost)})`,
      legend: "{{reason}}",
    },
  ],
  width: 12,
  alerts: ["BlvmIpcProtocolErrors"],
  losses: /./,
};

export const denials: Panel = {
  kind: "table",
  title: "Permissions denied",
  description:
    "Requests that were refused because the module's manifest doesn't declare the permission, within the chosen time. A module knows what it declared: one denial is a fault of its author, or a module that was taken over.",
  unit: "short",
  queries: [
    {
      expr: `sum by (module, permission) (increase(blvm_permission_denials_total{${ofModule}}[$__range])) > 0`,
      legend: "{{module}} {{permission}}",
    },
  ],
  width: 12,
  alerts: ["BlvmPermissionDenied"],
  losses: /./,
  whenEmpty: "nothing was denied",
};
