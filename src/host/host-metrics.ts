import type { EventBus } from "../bus/index.js";
import type { LiveConfig } from "../config.js";
import type { TrafficBooks } from "../ipc/index.js";
import { createMetrics, type Metrics } from "../metrics/index.js";
import type { NodeApi } from "../node-api/index.js";
import { requestDefinition, requestNames } from "../requests/index.js";
import type { LifeBooks } from "../supervisor/index.js";
import { apiMetrics } from "./api-metrics.js";
import type { ChainWatch } from "./chain-watch.js";
import type { HostSandbox } from "./host-sandbox.js";
import type { HostStreams } from "./host-streams.js";
import type { ModuleRoll } from "./module-roll.js";

const rejectReasons = ["permission", "schema", "rate"] as const;
type RejectReason = (typeof rejectReasons)[number];

export interface HostMetricsDependencies {
  readonly bus: EventBus;
  readonly roll: ModuleRoll;
  readonly lives: LifeBooks;
  readonly traffic: TrafficBooks;
  readonly chain: ChainWatch;
  readonly live: Pick<LiveConfig, "reloads">;
  readonly api: NodeApi;
  readonly streams: HostStreams;
  readonly sandbox: HostSandbox;
  /** Publishes of modules that were refused, ever. */
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly version: string;
}

/** The permissions that a request can need: those that can be denied. */
const permissions = [
  ...new Set(requestNames.flatMap((name) => requestDefinition(name).permission ?? [])),
].sort();

/** What a host shows at /metrics, read from those who count it. */
export function hostMetrics(deps: HostMetricsDependencies): Metrics {
  const { bus, roll, lives, traffic, chain, live, api, streams, sandbox, rejected, version } = deps;
  return createMetrics({
    bus,
    modules: () => roll.statuses(),
    lives,
    traffic,
    permissions,
    chain: () => chain.status(),
    configReloads: () => live.reloads,
    rejectedCounts: () =>
      rejectReasons.map((reason) => ({ source: "module", reason, count: rejected[reason] })),
    ...apiMetrics(api.services, streams),
    sandbox: () => sandbox.report,
    version,
  });
}
