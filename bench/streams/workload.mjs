// @ts-check
import { createHash } from "node:crypto";

/**
 * What every contestant is given and what it must find: transactions, those above a fee rate, lists of them, and of each
 * list how many it holds and the fee rate of its last.
 */

export const EVENT_TYPE = "MempoolTransactionAdded";
/** Items of a list at most. */
export const LIST_ITEMS = 100;
export const WINDOW_MS = 1000;

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {number} above the fee rate above which an event passes the filter
 * @property {"count" | "time"} window
 */

/** @type {Workload[]} */
export const workloads = [
  { name: "half pass, lists of 100", above: 26.125, window: "count" },
  { name: "half pass, lists of 1 s or 100", above: 26.125, window: "time" },
  { name: "all refused", above: 1000, window: "count" },
];

/**
 * What a contestant found.
 * @typedef {object} Findings
 * @property {number} lists
 * @property {number} items in all lists
 * @property {number} lastFees the sum of the fee rates of the lists' last items
 */

/** As many different payloads as a processor's caches don't hold; used over and over. */
const PAYLOADS = 4096;

/** @returns {import("../../dist/events/index.js").EventPayload<"MempoolTransactionAdded">[]} */
export function makePayloads() {
  return Array.from({ length: PAYLOADS }, (_, n) => ({
    tx_hash: createHash("sha256").update(String(n)).digest("hex"),
    fee_rate: 1.25 + (n % 400) / 8,
    mempool_size: 40_000 + n,
  }));
}
