import { AuditLog } from "./audit/audit-log.js";
import type { NodeApiDependencies } from "./dependencies.js";
import { ModuleStores } from "./storage/module-stores.js";
import { FileService } from "./files/file-service.js";

/** What the methods keep between requests, one member for each domain that keeps something. */
export interface Services {
  readonly audit: AuditLog;
  readonly storage: ModuleStores;
  readonly files: FileService;
  /** Frees what is kept; after the modules are gone. Idempotent. */
  close(): Promise<void>;
}

export function createServices(deps: NodeApiDependencies): Services {
  const storage = new ModuleStores(deps);
  return {
    audit: new AuditLog(),
    storage,
    async close() {
      await storage.close();
  const files = new FileService(deps);
  return {
    audit: new AuditLog(),
    files,
    async close() {
      await files.close();
    },
  };
}
