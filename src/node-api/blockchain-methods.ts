import { type Block, parseBlock } from "../chain/index.js";
import type { GivenAnswer } from "../requests/index.js";
import type { ChainView } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import type { Methods } from "./method.js";

function blockBytes(chain: ChainView, hash: string): Promise<Uint8Array | undefined> {
  const { block } = chain.queries;
  if (block !== undefined) return block(hash);
  throw nodeApiErrors.NOT_AVAILABLE({ what: "blocks", source: chain.name, reason: "it keeps none" });
}

function blockRecord({ header, transactions }: Block): GivenAnswer<"GetBlock"> {
  const { version, previousHash, merkleRoot, timestampS, bits, nonce } = header;
  return {
    header: {
      version,
      prev_block_hash: previousHash,
      merkle_root: merkleRoot,
      timestamp: timestampS,
      bits,
      nonce,
    },
    transactions: transactions.map((transaction) => ({
      version: transaction.version,
      inputs: transaction.inputs.map(({ previousTxid, previousIndex, sequence, scriptSig }) => ({
        prevout: { hash: previousTxid, index: previousIndex },
        sequence,
        script_sig: scriptSig,
      })),
      outputs: transaction.outputs.map(({ valueSat, scriptPubKey }) => ({
        value: valueSat,
        script_pubkey: scriptPubKey,
      })),
      lock_time: transaction.lockTime,
    })),
  };
}

/** Blocks by their hash. */
export const blockchainMethods: Methods<"GetBlock" | "GetRawBlock"> = {
  async GetBlock({ input, deps }) {
    const bytes = await blockBytes(deps.chain, input.hash);
    return bytes === undefined ? undefined : blockRecord(parseBlock(bytes));
  },
  GetRawBlock: ({ input, deps }) => blockBytes(deps.chain, input.hash),
};
