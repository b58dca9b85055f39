import { defineEvents, event } from "../event-definition.js";
import { bool, usize } from "../event-field.js";
import { blockHash, height } from "../recurring-field.js";

export const compactBlocksEvents = defineEvents("Compact Blocks", {
  CompactBlockReceived: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A peer sent a compact block (BIP 152): the header and short ids in place of most transactions.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block would have."),
      short_ids_count: usize({
        unit: "short ids",
        description: "Short transaction ids in the message, 6 bytes each.",
        example: 3049,
      }),
    },
  }),
  BlockReconstructionStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to rebuild a compact block from the transactions in its mempool.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block would have."),
    },
  }),
  BlockReconstructionCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The attempt to rebuild a compact block is over.",
    fields: {
      block_hash: blockHash(),
      height: height("Height that the block would have."),
      success: bool("True when the block is complete."),
      missing_txs: usize({
        unit: "transactions",
        description: "Transactions that the mempool did not have and the peer was asked for.",
        example: 12,
      }),
    },
  }),
});
