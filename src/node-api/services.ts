import { AuditLog } from "./audit/audit-log.js";
import type { NodeApiDependencies } from "./dependencies.js";

/** What the methods keep between requests, one member for each domain that keeps something. */
export interface Services {
  readonly audit: AuditLog;
  /** Frees what is kept; after the modules are gone. Idempotent. */
  close(): Promise<void>;
}

export function createServices(_deps: NodeApiDependencies): Services {
  return {
    audit: new AuditLog(),
    async close() {},
  };
}
