import type { SchedulerLike } from "rxjs";
import { buildCompetingBlock } from "./competing-block.js";
import { type PlayedBlock, playedBlock } from "./played-block.js";
import type { ReplaySegment } from "./reorg-plan.js";
import { readExpected } from "./reread-blocks.js";

/** A segment whose files were read again: what plays first, and what then replaces it. */
export interface PreparedSegment {
  /** The competing branch of a contested segment, else the real blocks. */
  readonly first: readonly PlayedBlock[];
  /** The real blocks of a contested segment, else none. */
  readonly winning: readonly PlayedBlock[];
}

/**
 * Reads and checks the blocks of a segment, measures how long that takes, and builds the competing branch.
 * Throws as `readBlock` does, and BLOCK_FILE_CHANGED when a file no longer holds the block it held.
 */
export async function prepareSegment(
  segment: ReplaySegment,
  { clock }: { clock: Pick<SchedulerLike, "now"> },
): Promise<PreparedSegment> {
  const real: PlayedBlock[] = [];
  const competing: PlayedBlock[] = [];
  for (const { file, hash, heightBlocks, previousHash } of segment.blocks) {
    const startMs = clock.now();
    const { block } = await readExpected(file, hash);
    const readMs = clock.now();
    const place = { file, fileHash: hash };
    real.push(playedBlock(block, heightBlocks, place, readMs - startMs));
    if (!segment.isContested) continue;
    const competesOn = competing.at(-1)?.hash ?? previousHash;
    const competitor = buildCompetingBlock(block, competesOn);
    competing.push(playedBlock(competitor, heightBlocks, { ...place, competesOn }, clock.now() - readMs));
  }
  return segment.isContested ? { first: competing, winning: real } : { first: real, winning: [] };
}
