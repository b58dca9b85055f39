import { decodeTransaction } from "../../block/decode.js";
import { parseBlock } from "../../block/parse-block.js";
import { serializeTransaction } from "../../block/serialize-block.js";
import type { Transaction } from "../../block/transaction.js";
import { chainErrors } from "../../errors.js";
import type { BlockEntry, ChainKernel } from "../kernel/chain-kernel.js";
import type { Mempool } from "../mempool/mempool.js";
import { bytesOfHex } from "./chain-method.js";

/** A transaction, and its block where it is confirmed. */
export interface FoundTransaction {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly entry: BlockEntry | undefined;
}

/** A transaction of the mempool or the best chain; undefined when neither has it. */
export function findTransaction(
  { kernel, mempool }: { readonly kernel: ChainKernel; readonly mempool: Mempool },
  txid: string,
): FoundTransaction | undefined {
  const waiting = mempool.entry(txid);
  if (waiting !== undefined) return { ...waiting, entry: undefined };
  const place = kernel.transactionPlace(txid);
  const blockBytes = place === undefined ? undefined : kernel.blockBytes(place.entry.hash);
  if (place === undefined || blockBytes === undefined) return undefined;
  const transaction = parseBlock(blockBytes).transactions[place.position];
  if (transaction === undefined) return undefined;
  return { transaction, bytes: serializeTransaction(transaction), entry: place.entry };
}

/** The transaction with an id in one block, or undefined. */
export function transactionIn(blockBytes: Uint8Array, txid: string): Transaction | undefined {
  return parseBlock(blockBytes).transactions.find((transaction) => transaction.txid === txid);
}

/** Reads a transaction from hex. @throws CHAIN_DECODE_FAILED that begins with `problem` */
export function transactionOfHex(
  hex: string,
  problem = "TX decode failed. Make sure the tx has at least one input.",
): { readonly transaction: Transaction; readonly bytes: Uint8Array } {
  const bytes = bytesOfHex(hex);
  const decoded = bytes === undefined ? undefined : decodeTransaction(bytes);
  if (bytes !== undefined && decoded?.ok === true) return { transaction: decoded.value, bytes };
  throw chainErrors.CHAIN_DECODE_FAILED({
    problem,
    reason: decoded?.ok === false ? `${decoded.problem}, at byte ${decoded.offsetBytes}` : "it is no hex",
    allowed: "one transaction in hex, with witnesses",
  });
}
