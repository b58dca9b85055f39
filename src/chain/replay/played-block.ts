import type { Block } from "../block/block.js";
import { meanFeeRateSatPerVb } from "../block/mean-fee-rate.js";
import type { BlockPlace } from "./block-place.js";
import { type TxidPrints, txidPrints } from "./txid-prints.js";

/** What the events of one block are made of. */
export interface PlayedBlock {
  readonly hash: string;
  readonly previousHash: string;
  readonly heightBlocks: number;
  readonly bits: number;
  /** All transactions but the coinbase, in block order. */
  readonly txids: readonly string[];
  /** Of all transactions. */
  readonly prints: TxidPrints;
  readonly place: BlockPlace;
  /** The mean of the block: see `meanFeeRateSatPerVb`. */
  readonly feeRateSatPerVb: number;
  /** How long reading or building, parsing and checking took here. */
  readonly validationMs: number;
}

/** Takes from a block what its events need, so that the block itself can be forgotten. */
export function playedBlock(
  block: Block,
  heightBlocks: number,
  place: BlockPlace,
  validationMs: number,
): PlayedBlock {
  const all = block.transactions.map((transaction) => transaction.txid);
  return {
    hash: block.hash,
    previousHash: block.header.previousHash,
    heightBlocks,
    bits: block.header.bits,
    txids: all.slice(1),
    prints: txidPrints(all),
    place,
    feeRateSatPerVb: meanFeeRateSatPerVb(block, heightBlocks),
    validationMs,
  };
}
