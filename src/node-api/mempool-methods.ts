import type { ChainView } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import type { Methods } from "./method.js";

function query<Name extends "mempoolSize" | "feeEstimate">(chain: ChainView, name: Name, what: string) {
  const ask = chain.queries[name];
  if (ask !== undefined) return ask;
  throw nodeApiErrors.NOT_AVAILABLE({ what, source: chain.name, reason: "it doesn't know the mempool" });
}

/** Queries of the mempool. Modules that answer in the node's stead are asked before the chain source. */
export const mempoolMethods: Methods<"GetMempoolSize" | "GetFeeEstimate"> = {
  GetMempoolSize: async ({ deps, services, caller }) =>
    (await services.hooks.ask("get_mempool_stats_cached", {}, caller)) ??
    query(deps.chain, "mempoolSize", "the size of the mempool")(),
  GetFeeEstimate: async ({ input, deps, services, caller }) =>
    (await services.hooks.ask("get_fee_estimate_cached", input, caller)) ??
    query(deps.chain, "feeEstimate", "a fee estimate")(input.target_blocks),
};
