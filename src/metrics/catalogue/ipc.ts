import type { MetricDefinition } from "../metric-definition.js";

export const ipcMetrics = {
  blvm_ipc_connections: {
    type: "gauge",
    labels: [],
    help: "Connections of modules that passed their handshake and are open.",
    owner: "ipc",
  },
  blvm_ipc_frames_total: {
    type: "counter",
    labels: ["module", "direction"],
    help: "Frames over the module's connections: direction rx (from the module) or tx (written to it).",
    owner: "ipc",
  },
  blvm_ipc_bytes_total: {
    type: "counter",
    labels: ["module", "direction"],
    help: "Bytes over the module's connections, frame headers included: direction rx (from the module) or tx (written to it).",
    unit: "bytes",
    owner: "ipc",
  },
  blvm_ipc_requests_total: {
    type: "counter",
    labels: ["module", "method", "outcome"],
    help: "Requests of the module that were answered: outcome ok, error, timeout or denied; a method that the protocol lacks is other.",
    owner: "ipc",
  },
  blvm_ipc_request_duration_seconds: {
    type: "histogram",
    labels: ["method"],
    help: "Time from a request's arrival to its answer; refusals over a limit of the connection are not among them.",
    unit: "seconds",
    owner: "ipc",
  },
  blvm_ipc_inflight_requests: {
    type: "gauge",
    labels: ["module"],
    help: "Requests of the module that wait for their answer.",
    owner: "ipc",
  },
  blvm_ipc_protocol_errors_total: {
    type: "counter",
    labels: ["reason"],
    help: "What modules did against the protocol, by kind: frame_too_large, bad_frame, slow_frame, bad_msgpack, bad_schema, body_limit, handshake, identity, version, unexpected or unread_answers.",
    owner: "ipc",
  },
  blvm_module_heartbeat_rtt_seconds: {
    type: "gauge",
    labels: ["module"],
    help: "How long the module took to answer the newest ping that it answered.",
    unit: "seconds",
    owner: "ipc",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
