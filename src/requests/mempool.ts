import { z } from "zod";
import { request } from "./define-request.js";
import { bool, bytes, hash32, list, optional, u32, u64 } from "./fields.js";
import { mempoolSize, transaction } from "./records/chain.js";
import { sourceErrors } from "./source-errors.js";

const read = { permission: "read_mempool", errors: sourceErrors } as const;
const byTxHash = () => z.object({ tx_hash: hash32("txid") });
const nothing = () => z.object({});

/** What waits to be confirmed, and how something joins it. */
export const mempoolRequests = {
  GetMempoolTransactions: request({
    isLarge: true,
    ...read,
    about: "The txids in the mempool, in no order.",
    input: nothing,
    answer: () => list(hash32("txid")),
    call: () => ({}),
  }),
  GetMempoolTransaction: request({
    isLarge: true,
    ...read,
    about: "A transaction in the mempool without its witness; nothing when it isn't there.",
    input: byTxHash,
    answer: () => optional(transaction()),
    call: (tx_hash: string) => ({ tx_hash }),
  }),
  GetRawMempoolTransaction: request({
    isLarge: true,
    ...read,
    about:
      "A transaction in the mempool in consensus serialization with its witness; nothing when it isn't there.",
    input: byTxHash,
    answer: () => optional(bytes("the transaction")),
    call: (tx_hash: string) => ({ tx_hash }),
  }),
  CheckTransactionInMempool: request({
    ...read,
    about: "Whether a transaction is in the mempool.",
    input: byTxHash,
    answer: () => bool("whether it is there"),
    call: (tx_hash: string) => ({ tx_hash }),
  }),
  GetMempoolSize: request({
    ...read,
    about:
      "Number, size and fees of the transactions in the mempool. Modules with the hook get_mempool_stats_cached are asked first.",
    input: nothing,
    answer: mempoolSize,
    call: () => ({}),
  }),
  GetFeeEstimate: request({
    ...read,
    about:
      "Fee rate to be confirmed within some blocks. Modules with the hook get_fee_estimate_cached are asked first.",
    input: () => z.object({ target_blocks: u32("0 and 1 mean the next block", { unit: "blocks" }) }),
    answer: () => u64("fee rate, rounded up", { unit: "sat/vB" }),
    call: (target_blocks: number) => ({ target_blocks }),
  }),
  SendTransaction: request({
    permission: "send_transactions",
    errors: [...sourceErrors, "BAD_TRANSACTION", "TRANSACTION_REFUSED"],
    about: "Hands a transaction to the node for its mempool and for relay. Answers its txid.",
    input: () =>
      z.object({ tx_bytes: bytes("consensus serialization, with witness where it has one", 4_000_000) }),
    answer: () => hash32("txid"),
    call: (tx_bytes: Uint8Array) => ({ tx_bytes }),
  }),
};
