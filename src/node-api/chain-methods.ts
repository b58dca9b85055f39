import type { ChainView } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import type { Methods } from "./method.js";

function requireTip(chain: ChainView, what: string) {
  const tip = chain.tip();
  if (tip === undefined) {
    throw nodeApiErrors.NOT_AVAILABLE(
      { what, source: chain.name, reason: "no block is connected yet" },
      { retryable: true },
    );
  }
  return tip;
}

/** Queries of the best chain. Each is NOT_AVAILABLE while no block is connected. */
export const chainMethods: Methods<"GetChainTip" | "GetBlockHeight" | "GetChainInfo"> = {
  GetChainTip: ({ deps }) => requireTip(deps.chain, "the tip").hash,
  GetBlockHeight: ({ deps }) => requireTip(deps.chain, "the height").heightBlocks,
  GetChainInfo: ({ deps }) => {
    const { hash, heightBlocks } = requireTip(deps.chain, "the chain's state");
    const info = deps.chain.chainInfo();
    if (info !== undefined) return info;
    throw nodeApiErrors.NOT_AVAILABLE({
      what: "the chain's state",
      source: deps.chain.name,
      reason: `it knows only the tip ${hash} at ${heightBlocks}`,
    });
  },
};
