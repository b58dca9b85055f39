import type { ChainEvent } from "../chain-source.js";

const periodBlocks = 2016;

/**
 * What a new tip tells about its difficulty. Where a test network lets a late block have the easiest target, the
 * tip's target changes and nothing was recalculated: DifficultyAdjusted comes at the first block of a period only.
 */
export function difficultyEvents(
  block: { readonly heightBlocks: number; readonly bits: number },
  parentBits: number | undefined,
): readonly ChainEvent[] {
  const { heightBlocks: height, bits } = block;
  if (parentBits === undefined || parentBits === bits) return [];
  const payload = { old_difficulty: parentBits, new_difficulty: bits, height };
  const changed: ChainEvent = { type: "MiningDifficultyChanged", payload };
  if (height % periodBlocks !== 0) return [changed];
  return [changed, { type: "DifficultyAdjusted", payload }];
}
