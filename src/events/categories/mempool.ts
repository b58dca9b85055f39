import { defineEvents, event } from "../event-definition.js";
import { f64, usize, word } from "../event-field.js";
import { txHash } from "../recurring-field.js";

function mempoolSize(description: string) {
  return usize({ unit: "transactions", description, example: 4211 });
}

function feeRate(description: string, example: number) {
  return f64({ unit: "sat/vB", description, example });
}

export const mempoolEvents = defineEvents("Mempool", {
  MempoolTransactionAdded: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A transaction entered the mempool, for the first time or again after its block was disconnected.",
    fields: {
      tx_hash: txHash(),
      fee_rate: feeRate(
        "Fee over virtual size. The replay source knows no single fees and gives the mean of the transaction's block.",
        12.5,
      ),
      mempool_size: mempoolSize("Transactions in the mempool, this one included."),
    },
  }),
  MempoolTransactionRemoved: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A transaction left the mempool.",
    fields: {
      tx_hash: txHash(),
      reason: word(
        ["confirmed", "replaced", "expired", "evicted", "conflict", "rejected"],
        "Why: a block took it, a replacement with a higher fee came (BIP 125), it was too old, its fee rate too low for a full mempool, a block spent its coins otherwise, or it was found invalid.",
      ),
      mempool_size: mempoolSize("Transactions in the mempool, this one no longer."),
    },
  }),
  MempoolThresholdExceeded: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "The mempool filled beyond the share of its limit that is worth a warning; evictions may follow.",
    fields: {
      current_size: mempoolSize("Transactions in the mempool."),
      threshold: mempoolSize(
        "Where the warning is, in transactions; a limit of bytes is given as so many of the present mean size.",
      ),
    },
  }),
  FeeRateChanged: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "The fee rate that brings a transaction into the next block has changed, by the node's own estimate.",
    fields: {
      old_fee_rate: feeRate("Estimate when it was told last.", 1),
      new_fee_rate: feeRate("Estimate now.", 2.5),
      mempool_size: mempoolSize("Transactions in the mempool."),
    },
  }),
  MempoolCleared: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The mempool was emptied as a whole. No MempoolTransactionRemoved comes for what was in it.",
    fields: {
      cleared_count: mempoolSize("Transactions that were dropped."),
    },
  }),
});
