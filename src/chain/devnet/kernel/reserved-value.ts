import type { Block } from "../../block/block.js";
import { decodeBlock } from "../../block/decode.js";
import { serializeBlock } from "../../block/serialize-block.js";
import { claimedWitnessCommitment } from "../../block/witness-commitment.js";

/** A block with the bytes that it was read from. */
export interface ReadBlock {
  readonly block: Block;
  readonly bytes: Uint8Array;
}

/**
 * Puts the usual reserved value, 32 zeros, into a coinbase that commits to witnesses and has none of its own: miners
 * hand blocks in like that, and a node's submitblock completes them. The hash stays what it was; every other block is
 * given back as it came.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/validation.cpp UpdateUncommittedBlockStructures
 */
export function withReservedValue(read: ReadBlock): ReadBlock {
  const { header, transactions } = read.block;
  const [coinbase, ...rest] = transactions;
  if (coinbase.hasWitness || claimedWitnessCommitment(read.block) === undefined) return read;
  const inputs = coinbase.inputs.map((input) => ({ ...input, witness: [new Uint8Array(32)] }));
  const bytes = serializeBlock({
    header,
    transactions: [{ ...coinbase, inputs, hasWitness: true }, ...rest],
  });
  const completed = decodeBlock(bytes);
  // It may be too heavy with those 36 bytes more.
  return completed.ok ? { block: completed.value, bytes } : read;
}
