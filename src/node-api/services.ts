import { AuditLog } from "./audit/audit-log.js";
import { CliCommands } from "./cli/cli-commands.js";
import type { NodeApiDependencies } from "./dependencies.js";
import { RpcOffers } from "./rpc/rpc-offers.js";

/** What the methods keep between requests, one member for each domain that keeps something. */
export interface Services {
  readonly audit: AuditLog;
  /** JSON-RPC methods that modules offer. */
  readonly rpc: RpcOffers;
  /** Commands that modules offer. */
  readonly cli: CliCommands;
  /** Frees what is kept; after the modules are gone. Idempotent. */
  close(): Promise<void>;
}

export function createServices(deps: NodeApiDependencies): Services {
  return {
    audit: new AuditLog(),
    rpc: new RpcOffers(),
    cli: new CliCommands(deps.modules),
    async close() {},
  };
}
