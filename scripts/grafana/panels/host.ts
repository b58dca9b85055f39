import { badFrom, type Panel } from "../panel-spec.js";
import { increase, ofHost, ofProcess, rate } from "../variables.js";

export const hostUp: Panel = {
  kind: "stat",
  title: "Answers Prometheus",
  description:
    "Whether Prometheus got an answer from the host at its last scrape. Modules end with their host.",
  unit: "none",
  queries: [{ expr: `max(up{${ofProcess}})`, legend: "up" }],
  width: 4,
  alerts: ["BlvmHostDown"],
  steps: [
    { from: null, colour: "red" },
    { from: 1, colour: "green" },
  ],
  states: [
    { value: 0, text: "down", colour: "red" },
    { value: 1, text: "up", colour: "green" },
  ],
};

export const uptime: Panel = {
  kind: "stat",
  title: "Runs for",
  description: "Time since the host's process started. Modules live no longer than their host.",
  unit: "s",
  queries: [{ expr: `time() - max(process_start_time_seconds{${ofProcess}})`, legend: "uptime" }],
  width: 4,
};

export const loopLagNow: Panel = {
  kind: "stat",
  title: "Event loop's delay",
  description: "How late the host's event loop is, p99: every event of every module waits for this loop.",
  unit: "s",
  queries: [{ expr: `max(nodejs_eventloop_lag_p99_seconds{${ofProcess}})`, legend: "p99" }],
  width: 4,
  alerts: ["BlvmHostEventLoopLag"],
  steps: badFrom(0.1, 0.05),
};

export const scrapeTime: Panel = {
  kind: "stat",
  title: "Scrape",
  description:
    "How long the host took to answer Prometheus. Milliseconds are ordinary; seconds mean that it is stuck.",
  unit: "s",
  queries: [{ expr: `max(scrape_duration_seconds{${ofProcess}})`, legend: "took" }],
  width: 4,
  steps: badFrom(1, 0.25),
};

export const loopLag: Panel = {
  kind: "lines",
  title: "Event loop's delay over time",
  description:
    "Half of the turns of the host's event loop were late by at most p50, 99 of 100 by at most p99, since the scrape before. Late with a busy processor is a host that has too much to do; late with an idle one is an overloaded machine, or one that swaps.",
  unit: "s",
  queries: [
    { expr: `max(nodejs_eventloop_lag_p50_seconds{${ofProcess}})`, legend: "p50" },
    { expr: `max(nodejs_eventloop_lag_p99_seconds{${ofProcess}})`, legend: "p99" },
  ],
  width: 8,
  alerts: ["BlvmHostEventLoopLag"],
  steps: badFrom(0.1),
};

export const garbage: Panel = {
  kind: "lines",
  title: "Garbage collection",
  description:
    "The share of time that the host spends collecting garbage, by kind. Minor collections are cheap and many; a major share of several per cent is a heap near its end.",
  unit: "percentunit",
  queries: [
    { expr: `sum by (kind) (${rate("nodejs_gc_duration_seconds_sum", ofProcess)})`, legend: "{{kind}}" },
  ],
  width: 8,
};

export const heap: Panel = {
  kind: "lines",
  title: "Memory of the host",
  description:
    "JavaScript objects in use, the heap that was set aside for them, buffers outside of it, and all that the process has in memory. A slope of used over hours is a leak.",
  unit: "bytes",
  queries: [
    { expr: `max(nodejs_heap_size_used_bytes{${ofProcess}})`, legend: "heap used" },
    { expr: `max(nodejs_heap_size_total_bytes{${ofProcess}})`, legend: "heap" },
    { expr: `max(nodejs_external_memory_bytes{${ofProcess}})`, legend: "outside the heap" },
    { expr: `max(process_resident_memory_bytes{${ofProcess}})`, legend: "resident" },
  ],
  width: 8,
};

export const processor: Panel = {
  kind: "lines",
  title: "Processor of the host",
  description: "Cores that the host's own process uses, its modules apart. Near 1 it is as fast as it gets.",
  unit: "none",
  queries: [{ expr: `sum(${rate("process_cpu_seconds_total", ofProcess)})`, legend: "cores" }],
  width: 8,
};

export const hostDescriptors: Panel = {
  kind: "lines",
  title: "Open descriptors of the host",
  description: "Files and sockets that the host has open, and how many it may have.",
  unit: "none",
  queries: [
    { expr: `max(process_open_fds{${ofProcess}})`, legend: "open" },
    { expr: `max(process_max_fds{${ofProcess}})`, legend: "may be open" },
  ],
  width: 8,
  bounds: /^may be open$/,
};

export const reloads: Panel = {
  kind: "bars",
  title: "Readings of the configuration",
  description:
    "applied: a change is in force. unchanged: the file says the same. failed: it is faulty, and what was before stays in force, which whoever changed it may not know.",
  unit: "short",
  queries: [
    { expr: `sum by (outcome) (${increase("blvm_config_reloads_total", ofHost)})`, legend: "{{outcome}}" },
  ],
  width: 8,
  alerts: ["BlvmConfigReloadFailed"],
  losses: /^failed$/,
};

export const configAge: Panel = {
  kind: "stat",
  title: "Configuration in force for",
  description: "Time since a configuration in order was read last.",
  unit: "s",
  queries: [
    {
      expr: `time() - max(blvm_config_last_reload_success_timestamp_seconds{${ofHost}})`,
      legend: "age",
    },
  ],
  width: 4,
};

export const connections: Panel = {
  kind: "stat",
  title: "Connections",
  description: "Connections of modules that passed their handshake and are open.",
  unit: "none",
  queries: [{ expr: `max(blvm_ipc_connections{${ofHost}})`, legend: "open" }],
  width: 4,
};

export const build: Panel = {
  kind: "table",
  title: "Build",
  description: "Which version runs on which Node.js, and in which mode the sandbox is.",
  unit: "none",
  queries: [
    {
      expr: `max by (version, node_version, mode) (blvm_build_info{${ofHost}} * on (instance) group_left (mode) blvm_sandbox_info{${ofHost}})`,
      legend: "{{version}}",
    },
  ],
  width: 12,
};

export const layers: Panel = {
  kind: "table",
  title: "Layers of the sandbox",
  description:
    "What keeps modules in, layer by layer: enforced, partial, missing (this machine has not what it takes) or off. In mode strict a missing layer keeps every module from being loaded; docs/sandbox.md tells what each does.",
  unit: "none",
  queries: [
    {
      expr: `max by (layer, status) (blvm_sandbox_layer_status{${ofHost}}) == 1`,
      legend: "{{layer}}: {{status}}",
    },
  ],
  width: 12,
  whenEmpty: "not known yet",
};

export const signatures: Panel = {
  kind: "bars",
  title: "Modules refused over their signatures",
  description:
    "A module that was signed and installed properly is never refused. hash_mismatch and size_mismatch are changed code; take it for an attack until you know better.",
  unit: "short",
  queries: [
    {
      expr: `sum by (reason) (${increase("blvm_module_signature_failures_total", ofHost)})`,
      legend: "{{reason}}",
    },
  ],
  width: 24,
  alerts: ["BlvmSignatureRefused"],
  losses: /./,
};
