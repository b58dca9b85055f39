import type { Block } from "../../block/block.js";
import { meetsTarget, targetOfBits } from "../../block/proof-of-work.js";
import { claimedWitnessCommitment, computedWitnessCommitment } from "../../block/witness-commitment.js";
import type { BlockEntry } from "./chain-kernel.js";
import { heightPush } from "./coinbase.js";
import { isFinal } from "./lock-times.js";
import { regtest } from "./regtest.js";

const easiestTarget = targetOfBits(regtest.bits);

/** Whether a hash (display order) meets the target that its header claims, and the network allows such a target. */
export function provesWork(hash: string, bits: number): boolean {
  return targetOfBits(bits) <= easiestTarget && meetsTarget(hash, bits);
}

/**
 * What is wrong with a header below its parent, in Core's words, or undefined.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/validation.cpp ContextualCheckBlockHeader
 */
export function headerFault(block: Block, parent: BlockEntry, nowS: number): string | undefined {
  const { bits, timestampS, version } = block.header;
  if (bits !== regtest.bits) return "bad-diffbits";
  if (timestampS <= parent.medianTimeS) return "time-too-old";
  if (timestampS > nowS + regtest.maxAheadS) return "time-too-new";
  if (version >= regtest.leastVersion) return undefined;
  return `bad-version(0x${(version >>> 0).toString(16).padStart(8, "0")})`;
}

/**
 * What is wrong with a block's transactions below its parent, whatever they spend; in Core's words, or undefined.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/validation.cpp ContextualCheckBlock
 */
export function contentsFault(block: Block, parent: BlockEntry): string | undefined {
  const heightBlocks = parent.heightBlocks + 1;
  const isOpen = block.transactions.some((each) => !isFinal(each, heightBlocks, parent.medianTimeS));
  if (isOpen) return "bad-txns-nonfinal";
  const script = block.transactions[0].inputs[0]?.scriptSig ?? new Uint8Array();
  const push = heightPush(heightBlocks);
  if (Buffer.compare(script.subarray(0, push.length), push) !== 0) return "bad-cb-height";
  return witnessFault(block) ?? (block.weightWu > regtest.maxWeightWu ? "bad-blk-weight" : undefined);
}

function witnessFault(block: Block): string | undefined {
  const claimed = claimedWitnessCommitment(block);
  if (claimed === undefined) {
    return block.transactions.some((transaction) => transaction.hasWitness)
      ? "unexpected-witness"
      : undefined;
  }
  const computed = computedWitnessCommitment(block);
  if (computed === undefined) return "bad-witness-nonce-size";
  return computed === claimed ? undefined : "bad-witness-merkle-match";
}
