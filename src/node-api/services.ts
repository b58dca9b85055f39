import { AuditLog } from "./audit/audit-log.js";
import type { NodeApiDependencies } from "./dependencies.js";
import { ModuleCalls } from "./modules/module-calls.js";

/** What the methods keep between requests, one member for each domain that keeps something. */
export interface Services {
  readonly audit: AuditLog;
  readonly calls: ModuleCalls;
  /** Frees what is kept; after the modules are gone. Idempotent. */
  close(): Promise<void>;
}

export function createServices(deps: NodeApiDependencies): Services {
  return {
    audit: new AuditLog(),
    calls: new ModuleCalls(deps),
    async close() {},
  };
}
