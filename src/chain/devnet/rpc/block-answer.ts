import type { Block } from "../../block/block.js";
import { difficultyOfBits } from "../../block/proof-of-work.js";
import { serializeTransaction } from "../../block/serialize-block.js";
import type { BlockEntry, ChainKernel } from "../kernel/chain-kernel.js";
import { type TransactionForm, transactionAnswer } from "./transaction-answer.js";

const noHash = "0".repeat(64);

/** A block's header in the form of Core's getblockheader; -1 confirmations where it isn't in the best chain. */
export function headerAnswer(entry: BlockEntry, kernel: ChainKernel): Record<string, unknown> {
  const { hash, heightBlocks, header, chainWork, medianTimeS, transactionCount } = entry;
  const isBest = kernel.entryAt(heightBlocks)?.hash === hash;
  const next = isBest ? kernel.entryAt(heightBlocks + 1)?.hash : undefined;
  return {
    hash,
    confirmations: isBest ? kernel.tip.heightBlocks - heightBlocks + 1 : -1,
    height: heightBlocks,
    version: header.version,
    versionHex: hex32(header.version),
    merkleroot: header.merkleRoot,
    time: header.timestampS,
    mediantime: medianTimeS,
    nonce: header.nonce,
    bits: hex32(header.bits),
    difficulty: toldDifficulty(header.bits),
    chainwork: workHex(chainWork),
    nTx: transactionCount,
    ...(header.previousHash === noHash ? {} : { previousblockhash: header.previousHash }),
    ...(next === undefined ? {} : { nextblockhash: next }),
  };
}

/** What a block's transactions are told by: their ids, or in full. */
export type BlockTransactions = { readonly kind: "ids" } | ({ readonly kind: "full" } & TransactionForm);

/** A block in the form of Core's getblock; sizes in bytes. */
export function blockAnswer(
  entry: BlockEntry,
  { transactions, sizeBytes, weightWu }: Block,
  kernel: ChainKernel,
  form: BlockTransactions,
): Record<string, unknown> {
  return {
    ...headerAnswer(entry, kernel),
    strippedsize: (weightWu - sizeBytes) / 3,
    size: sizeBytes,
    weight: weightWu,
    tx: transactions.map((transaction) =>
      form.kind === "ids"
        ? transaction.txid
        : transactionAnswer(transaction, serializeTransaction(transaction), form),
    ),
  };
}

/** 32 bits as 8 hex characters; a negative number is taken as its two's complement. */
export function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

/** As 64 hex characters, big-endian. */
export function workHex(chainWork: bigint): string {
  return chainWork.toString(16).padStart(64, "0");
}

/** Core tells 16 digits of a number that isn't an amount. */
export function toldDifficulty(bits: number): number {
  return Number(difficultyOfBits(bits).toPrecision(16));
}
