import type { Block } from "../../block/block.js";
import { merkleRoot } from "../../block/merkle-root.js";
import { isCoinbase, isNullOutpoint, type Transaction } from "../../block/transaction.js";
import { regtest } from "./regtest.js";
import { scriptSigopsCost } from "./sigops.js";

/** A coinbase's script holds at least the height and at most this. */
const coinbaseScriptBytes = { least: 2, most: 100 } as const;
const scaleWu = 4;

/**
 * What is wrong with a transaction by itself, whatever it spends: Core's reject reason, or undefined.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/consensus/tx_check.cpp
 */
export function transactionFault(transaction: Transaction): string | undefined {
  const { inputs, outputs } = transaction;
  if (inputs.length === 0) return "bad-txns-vin-empty";
  if (outputs.length === 0) return "bad-txns-vout-empty";
  if (strippedBytes(transaction) * scaleWu > regtest.maxWeightWu) return "bad-txns-oversize";
  let totalSat = 0;
  for (const { valueSat } of outputs) {
    if (valueSat < 0) return "bad-txns-vout-negative";
    if (valueSat > regtest.maxMoneySat) return "bad-txns-vout-toolarge";
    totalSat += valueSat;
    if (totalSat > regtest.maxMoneySat) return "bad-txns-txouttotal-toolarge";
  }
  if (inputs.length > 1) {
    const spent = new Set(inputs.map((input) => `${input.previousTxid}:${input.previousIndex}`));
    if (spent.size < inputs.length) return "bad-txns-inputs-duplicate";
  }
  if (!isCoinbase(transaction)) {
    return inputs.some(isNullOutpoint) ? "bad-txns-prevout-null" : undefined;
  }
  const scriptBytes = inputs[0]?.scriptSig.length ?? 0;
  return scriptBytes < coinbaseScriptBytes.least || scriptBytes > coinbaseScriptBytes.most
    ? "bad-cb-length"
    : undefined;
}

/**
 * What is wrong with a block by itself, wherever it stands; proof of work apart. Core's reject reason, or undefined.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/validation.cpp CheckBlock
 */
export function blockFault(block: Block): string | undefined {
  const { transactions } = block;
  const [coinbase, ...rest] = transactions;
  const { root, isAmbiguous } = merkleRoot([coinbase.txid, ...rest.map((transaction) => transaction.txid)]);
  if (root !== block.header.merkleRoot) return "bad-txnmrklroot";
  if (isAmbiguous) return "bad-txns-duplicate";
  // The weight is thrice the size without witnesses plus the size with them.
  if (((block.weightWu - block.sizeBytes) / 3) * scaleWu > regtest.maxWeightWu) return "bad-blk-length";
  if (!isCoinbase(coinbase)) return "bad-cb-missing";
  if (rest.some(isCoinbase)) return "bad-cb-multiple";
  let sigopsCost = 0;
  for (const transaction of transactions) {
    const fault = transactionFault(transaction);
    if (fault !== undefined) return fault;
    sigopsCost += scriptSigopsCost(transaction);
  }
  return sigopsCost > regtest.maxSigopsCost ? "bad-blk-sigops" : undefined;
}

function strippedBytes(transaction: Transaction): number {
  return (transaction.weightWu - transaction.sizeBytes) / 3;
}
