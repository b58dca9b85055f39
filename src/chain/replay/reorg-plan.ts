import type { ChainOptions } from "../options.js";
import type { ChainBlock } from "./block-chains.js";

/** Neighbouring blocks of a chain that play together: one undisputed block, or a branch that has a competitor. */
export interface ReplaySegment {
  readonly blocks: readonly ChainBlock[];
  readonly isContested: boolean;
}

/**
 * Cuts a chain where `chain.reorg` asks for competing blocks. Every block is in exactly one segment, in order.
 * A list of heights contests single blocks. With a rhythm each n-th block ends a contested branch,
 * which never reaches back into the one before it.
 */
export function planSegments(chain: readonly ChainBlock[], reorg: ChainOptions["reorg"]): ReplaySegment[] {
  const segments: ReplaySegment[] = [];
  chain.forEach((block, index) => {
    const depth = contestedDepth(reorg, block.heightBlocks, index + 1);
    if (depth === 0) {
      segments.push({ blocks: [block], isContested: false });
    } else {
      segments.length -= depth - 1;
      segments.push({ blocks: chain.slice(index + 1 - depth, index + 1), isContested: true });
    }
  });
  return segments;
}

function contestedDepth(reorg: ChainOptions["reorg"], heightBlocks: number, ordinal: number): number {
  if (!("every_blocks" in reorg)) return reorg.includes(heightBlocks) ? 1 : 0;
  return ordinal % reorg.every_blocks === 0 ? Math.min(reorg.depth, reorg.every_blocks) : 0;
}
