import { z } from "zod";
import { wholeParam } from "./param.js";
import { type RpcMethods, rpcMethod } from "./rpc-method.js";

const entry = z.object({
  timestamp_ms: z.number(),
  module_id: z.string(),
  request: z.string(),
  allowed: z.boolean(),
  capability: z.string().nullish(),
});

/** What modules asked for and whether they were allowed to; the host lends it. */
export interface AuditEntries {
  /** The newest entries of one module or of all, newest first. */
  entries(limit: number, moduleName?: string): readonly z.output<typeof entry>[];
}

const MAX_ENTRIES = 1000;
const DEFAULT_ENTRIES = 100;

/** What modules asked for. `module` is a parameter that takes modules' names. */
export function auditMethods(audit: AuditEntries, module: z.ZodType<string>) {
  return {
    getauditlog: rpcMethod({
      description: "lists which requests of modules were allowed and denied, newest first",
      params: z.strictObject({
        limit: wholeParam("entries at most, 100 by default", 1, MAX_ENTRIES).default(DEFAULT_ENTRIES),
        module: module.optional(),
      }),
      result: z.array(entry),
      run: ({ limit, module }) => [...audit.entries(limit, module)],
    }),
  } satisfies RpcMethods;
}
