import { chainErrors } from "../errors.js";
import type { Block } from "./block.js";
import { merkleRoot } from "./merkle-root.js";
import { meetsTarget, targetOfBits } from "./proof-of-work.js";
import { claimedWitnessCommitment, computedWitnessCommitment } from "./witness-commitment.js";

const merkleRootOffsetBytes = 36;
const bitsOffsetBytes = 72;
const transactionsOffsetBytes = 80;

/**
 * Checks that the parts of a block belong together: proof of work, merkle root, witness commitment.
 * Scripts, signatures and amounts are not checked: they need the outputs that the block spends.
 * Throws BLOCK_INVALID with the offset of the field that doesn't hold.
 */
export function checkBlock(block: Block): void {
  if (!meetsTarget(block.hash, block.header.bits)) {
    throw chainErrors.BLOCK_INVALID({
      offsetBytes: bitsOffsetBytes,
      check: "proof of work",
      found: `the block hash ${block.hash}`,
      expected: `at most ${targetOfBits(block.header.bits).toString(16).padStart(64, "0")}`,
    });
  }
  checkContents(block);
}

/** The checks of `checkBlock` without proof of work, which a block that was built here can't have. */
export function checkContents(block: Block): void {
  const [coinbase, ...rest] = block.transactions;
  const { root, isAmbiguous } = merkleRoot([coinbase.txid, ...rest.map((transaction) => transaction.txid)]);
  if (root !== block.header.merkleRoot || isAmbiguous) {
    throw chainErrors.BLOCK_INVALID({
      offsetBytes: merkleRootOffsetBytes,
      check: "merkle root",
      found: isAmbiguous ? "that of a list with repeated transactions" : block.header.merkleRoot,
      expected: isAmbiguous ? "that of a list in which each transaction stands once" : root,
    });
  }
  if (!block.transactions.some((transaction) => transaction.hasWitness)) return;
  const claimed = claimedWitnessCommitment(block) ?? "missing";
  const computed = computedWitnessCommitment(block) ?? "one made with a reserved value of 32 bytes";
  if (claimed !== computed) {
    throw chainErrors.BLOCK_INVALID({
      offsetBytes: transactionsOffsetBytes,
      check: "witness commitment",
      found: claimed,
      expected: computed,
    });
  }
}
