import { showValue } from "../show-value.js";
import type { TableReader } from "../table-reader.js";

/** The methods of the node that a module may answer in its place. */
export const overridableRpcMethods: readonly string[] = ["getdescriptorinfo", "analyzepsbt"];
const maxListed = 100;

/** Reads `rpc_overrides`, each once. Faults: BAD_RPC_OVERRIDE, BAD_MANIFEST, MANIFEST_LIMIT. */
export function readRpcOverrides(root: TableReader): readonly string[] {
  const listed = root.texts("rpc_overrides", maxListed) ?? [];
  for (const [index, method] of listed.entries()) {
    if (overridableRpcMethods.includes(method)) continue;
    root.report.refuse("BAD_RPC_OVERRIDE", [...root.path, "rpc_overrides", index], {
      found: showValue(method),
      allowed: overridableRpcMethods.join(", "),
      remedy: "remove it; a method of the module's own needs no override",
    });
  }
  return [...new Set(listed)];
}
