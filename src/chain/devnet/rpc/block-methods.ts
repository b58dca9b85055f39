import { z } from "zod";
import { parseBlock } from "../../block/parse-block.js";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import type { BlockEntry } from "../kernel/chain-kernel.js";
import { type BlockTransactions, blockAnswer, headerAnswer } from "./block-answer.js";
import { chainMethod, hashOf, noParams, textParam, verbosityParam, wholeParam } from "./chain-method.js";
import { createConfirmedCoins } from "./confirmed-coins.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { createScriptAnswers } from "./script-answer.js";
import { hexOf } from "./transaction-answer.js";

const headerBytes = 80;

/** Blocks and headers by hash and height, of all branches. @see https://developer.bitcoin.org/reference/rpc/getblock.html */
export function blockMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  const hash = textParam("a block's hash: 64 hex characters in display order");
  const scriptAnswer = createScriptAnswers((script) => deps.wallet.addressOf(script));

  function formOf(verbosity: number): BlockTransactions {
    if (verbosity <= 1) return { kind: "ids" };
    const coinOf = createConfirmedCoins(deps.kernel);
    return { kind: "full", scriptAnswer, coinOf, withPrevouts: verbosity >= 3 };
  }

  return {
    getblockcount: chainMethod({
      description: "tells the height of the best block",
      params: noParams,
      run: () => deps.kernel.tip.heightBlocks,
    }),
    getbestblockhash: chainMethod({
      description: "tells the hash of the best block",
      params: noParams,
      run: () => deps.kernel.tip.hash,
    }),
    getblockhash: chainMethod({
      description: "tells the hash of the block at a height of the best chain",
      params: z.strictObject({ height: wholeParam("a height of the best chain") }),
      run({ height }) {
        const entry = height < 0 ? undefined : deps.kernel.entryAt(height);
        if (entry !== undefined) return entry.hash;
        throw chainErrors.CHAIN_PARAMETER_INVALID({
          problem: `Block height out of range: ${height}`,
          allowed: `0 to ${deps.kernel.tip.heightBlocks}`,
        });
      },
    }),
    getblock: chainMethod({
      description:
        "gives a block as hex (verbosity 0), with its transactions' ids (1), in full (2), or with what they spend (3)",
      params: z.strictObject({
        blockhash: hash,
        verbosity: verbosityParam("0, 1, 2 or 3; false is 0, true is 1").default(1),
      }),
      run({ blockhash, verbosity }) {
        const { entry, bytes } = requireBlock(deps, blockhash);
        const level = Number(verbosity);
        if (level <= 0) return hexOf(bytes);
        return blockAnswer(entry, parseBlock(bytes), deps.kernel, formOf(level));
      },
    }),
    getblockheader: chainMethod({
      description: "gives a block's header, as an object or, where verbose is false, as hex",
      params: z.strictObject({
        blockhash: hash,
        verbose: z.boolean().default(true).describe("true or false"),
      }),
      run({ blockhash, verbose }) {
        const { entry, bytes } = requireBlock(deps, blockhash);
        return verbose ? headerAnswer(entry, deps.kernel) : hexOf(bytes.subarray(0, headerBytes));
      },
    }),
  };
}

/** A stored block of any branch. @throws CHAIN_PARAMETER_INVALID, CHAIN_NOT_FOUND */
export function requireBlock(
  { kernel }: Pick<DevnetRpcDependencies, "kernel">,
  text: string,
  parameter = "blockhash",
): { readonly entry: BlockEntry; readonly bytes: Uint8Array } {
  const hash = hashOf(text, parameter);
  const entry = kernel.entry(hash);
  const bytes = entry === undefined ? undefined : kernel.blockBytes(hash);
  if (entry !== undefined && bytes !== undefined) return { entry, bytes };
  throw blockNotFound(hash);
}

/** The refusal of a hash that no stored block has. */
export function blockNotFound(hash: string) {
  return chainErrors.CHAIN_NOT_FOUND({
    problem: "Block not found",
    name: hash,
    known: "every block that this devnet took, on all branches",
  });
}
