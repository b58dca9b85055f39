import type { TrafficBooks } from "../../ipc/index.js";
import type { ModuleLabels } from "../module-labels.js";
import type { SampleTable } from "../sample-table.js";

const outcomes = ["ok", "error", "timeout", "denied"] as const;

/** A pair of module and method is known from its first answer on: all outcomes of it are there then. */
export function addIpc(
  into: SampleTable,
  traffic: Pick<TrafficBooks, "connections" | "all" | "durations" | "faults">,
  moduleLabels: ModuleLabels,
): void {
  into.add("blvm_ipc_connections", [], traffic.connections);
  for (const own of traffic.all()) {
    const module = moduleLabels.of(own.moduleName);
    into.add("blvm_ipc_frames_total", [module, "rx"], own.rxFrames);
    into.add("blvm_ipc_frames_total", [module, "tx"], own.txFrames);
    into.add("blvm_ipc_bytes_total", [module, "rx"], own.rxBytes);
    into.add("blvm_ipc_bytes_total", [module, "tx"], own.txBytes);
    into.add("blvm_ipc_inflight_requests", [module], own.openRequests);
    if (own.heartbeatRttMs !== undefined)
      into.add("blvm_module_heartbeat_rtt_seconds", [module], own.heartbeatRttMs / 1000, Math.max);
    for (const [method, counts] of own.requests()) {
      for (const outcome of outcomes)
        into.add("blvm_ipc_requests_total", [module, method, outcome], counts[outcome]);
    }
  }
  for (const [method, durations] of traffic.durations()) {
    into.addHistogram("blvm_ipc_request_duration_seconds", method, durations);
  }
  for (const [reason, count] of traffic.faults()) into.add("blvm_ipc_protocol_errors_total", [reason], count);
}
