import type { Block } from "../block/block.js";
import { meanFeeRateSatPerVb } from "../block/mean-fee-rate.js";

/** What the events of one block are made of. */
export interface PlayedBlock {
  readonly hash: string;
  readonly previousHash: string;
  readonly heightBlocks: number;
  readonly bits: number;
  /** All transactions but the coinbase, in block order. */
  readonly txids: readonly string[];
  /** The mean of the block: see `meanFeeRateSatPerVb`. */
  readonly feeRateSatPerVb: number;
  /** How long reading or building, parsing and checking took here. */
  readonly validationMs: number;
}

/** Takes from a block what its events need, so that the block itself can be forgotten. */
export function playedBlock(block: Block, heightBlocks: number, validationMs: number): PlayedBlock {
  return {
    hash: block.hash,
    previousHash: block.header.previousHash,
    heightBlocks,
    bits: block.header.bits,
    txids: block.transactions.slice(1).map((transaction) => transaction.txid),
    feeRateSatPerVb: meanFeeRateSatPerVb(block, heightBlocks),
    validationMs,
  };
}
