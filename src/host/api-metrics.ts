import type { HookCount, PermissionCount, ReportedFamily } from "../metrics/index.js";
import type { NodeApi } from "../node-api/index.js";

/** What the node's API has to show at /metrics. */
export interface ApiMetrics {
  readonly reported: () => Iterable<ReportedFamily>;
  readonly permissionCounts: () => Iterable<PermissionCount>;
  readonly hookCounts: () => Iterable<HookCount>;
}

/** Reads what the API keeps, at each scrape anew. */
export function apiMetrics({ audit, hooks, metrics }: NodeApi["services"]): ApiMetrics {
  return {
    reported: () => metrics.families(),
    *permissionCounts() {
      for (const module of audit.moduleNames) {
        for (const [permission, use] of audit.usesOf(module)) yield { module, permission, ...use };
      }
    },
    hookCounts: () => hooks.counts(),
  };
}
