// @ts-check
import { createHash } from "node:crypto";

/** The payload that every competitor carries: a MempoolTransactionAdded, different for each `n`. */
export function transactionAdded(/** @type {number} */ n) {
  return {
    tx_hash: createHash("sha256").update(String(n)).digest("hex"),
    fee_rate: 1.25 + (n % 400) / 8,
    mempool_size: 40_000 + n,
  };
}
