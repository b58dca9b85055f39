import type { MetricDefinition } from "../metric-definition.js";

export const supervisorMetrics = {
  blvm_module_partial_frame_bytes_total: {
    type: "counter",
    labels: ["module"],
    help: "Bytes of frames that the module began and never ended, dropped when its connection closed.",
    unit: "bytes",
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
  blvm_module_health: {
    type: "gauge",
    labels: ["module", "state"],
    help: "1 for the state of the module's health, 0 for the others: healthy, degraded, unresponsive or crashed.",
    owner: "supervisor",
  },
  blvm_module_restarts_total: {
    type: "counter",
    labels: ["module", "reason"],
    help: "Starts of the module after its first, by how it ended before: crash, heartbeat (killed for its silence), limit, reload, dependency (what it needs went) or manual.",
    owner: "supervisor",
  },
  blvm_module_start_duration_seconds: {
    type: "histogram",
    labels: ["module"],
    help: "Time from the start of the module's process to its first subscription, of the starts that got there.",
    unit: "seconds",
    owner: "supervisor",
  },
  blvm_module_signature_failures_total: {
    type: "counter",
    labels: ["reason"],
    help: "Modules that were refused over their signatures: reason bad_signature, hash_mismatch, size_mismatch, duplicate_signer, not_enough_signatures or unsigned.",
    owner: "supervisor",
  },
  blvm_module_cpu_seconds_total: {
    type: "counter",
    labels: ["module"],
    help: "Processor time of the module's present process and its descendants, since it is watched.",
    unit: "seconds",
    owner: "supervisor",
  },
  blvm_module_resident_memory_bytes: {
    type: "gauge",
    labels: ["module"],
    help: "Resident memory of the module's process and its descendants.",
    unit: "bytes",
    owner: "supervisor",
  },
  blvm_module_memory_limit_bytes: {
    type: "gauge",
    labels: ["module"],
    help: "Resident memory that the module may have before the host kills it.",
    unit: "bytes",
    owner: "supervisor",
  },
  blvm_module_open_fds: {
    type: "gauge",
    labels: ["module"],
    help: "Descriptors that the module's process and its descendants have open.",
    owner: "supervisor",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
