import { monotonicScheduler } from "../clock.js";
import { AuditLog } from "./audit/audit-log.js";
import type { NodeApiDependencies } from "./dependencies.js";
import { FileService } from "./files/file-service.js";
import { Hooks } from "./hooks/hooks.js";
import { ReportedMetrics } from "./metrics/reported-metrics.js";
import { ModuleStores } from "./storage/module-stores.js";
import { Timers } from "./timers/timers.js";

/** What the methods keep between requests, one member for each domain that keeps something. */
export interface Services {
  readonly audit: AuditLog;
  readonly storage: ModuleStores;
  readonly files: FileService;
  readonly hooks: Hooks;
  readonly metrics: ReportedMetrics;
  readonly timers: Timers;
  /** Frees what is kept; after the modules are gone. Idempotent. */
  close(): Promise<void>;
}

export function createServices(deps: NodeApiDependencies): Services {
  const { log, scheduler = monotonicScheduler } = deps;
  const storage = new ModuleStores(deps);
  const files = new FileService(deps);
  const timers = new Timers({ scheduler, unixNow: Date.now, log });
  return {
    audit: new AuditLog(),
    storage,
    files,
    hooks: new Hooks({ scheduler, log }),
    metrics: new ReportedMetrics(deps.reservedMetricNames),
    timers,
    async close() {
      timers.close();
      await files.close();
      await storage.close();
    },
  };
}
