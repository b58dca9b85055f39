import { z } from "zod";
import { nodeApiErrors } from "./errors.js";
import { type ChainView, type Method, method } from "./method.js";

const nothing = z.object({});

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
export const chainMethods: Readonly<Record<string, Method>> = {
  GetChainTip: method({
    permission: "read_chain_state",
    input: nothing,
    run: ({ deps }) => requireTip(deps.chain, "the tip").hash,
  }),
  GetBlockHeight: method({
    permission: "read_chain_state",
    input: nothing,
    run: ({ deps }) => requireTip(deps.chain, "the height").heightBlocks,
  }),
  GetChainInfo: method({
    permission: "read_chain_state",
    input: nothing,
    run: ({ deps }) => {
      requireTip(deps.chain, "the chain's state");
      return deps.chain.chainInfo();
    },
  }),
};
