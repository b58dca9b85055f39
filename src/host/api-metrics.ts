import type { HookCount, PermissionCount, ReportedFamily } from "../metrics/index.js";
import type { NodeApi } from "../node-api/index.js";
import type { StreamStatus } from "../streams/index.js";
import type { HostStreams } from "./host-streams.js";

/** What the node's API and the streams have to show at /metrics. */
export interface ApiMetrics {
  readonly reported: () => Iterable<ReportedFamily>;
  readonly permissionCounts: () => Iterable<PermissionCount>;
  readonly hookCounts: () => Iterable<HookCount>;
  readonly streams: () => Iterable<StreamStatus>;
}

/** Reads what the API keeps, at each scrape anew. */
export function apiMetrics(
  { audit, hooks, metrics }: NodeApi["services"],
  streams: Pick<HostStreams, "families" | "list">,
): ApiMetrics {
  return {
    reported: () => [...metrics.families(), ...streams.families()],
    streams: () => streams.list(),
    *permissionCounts() {
      for (const module of audit.moduleNames) {
        for (const [permission, use] of audit.usesOf(module)) yield { module, permission, ...use };
      }
    },
    hookCounts: () => hooks.counts(),
  };
}
