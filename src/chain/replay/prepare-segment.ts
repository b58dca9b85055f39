import type { SchedulerLike } from "rxjs";
import { chainErrors } from "../errors.js";
import type { ChainBlock } from "./block-chains.js";
import { readBlock } from "./block-file.js";
import { buildCompetingBlock } from "./competing-block.js";
import { type PlayedBlock, playedBlock } from "./played-block.js";
import type { ReplaySegment } from "./reorg-plan.js";

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
  for (const place of segment.blocks) {
    const startMs = clock.now();
    const block = await readPlacedBlock(place);
    const readMs = clock.now();
    real.push(playedBlock(block, place.heightBlocks, readMs - startMs));
    if (!segment.isContested) continue;
    const competitor = buildCompetingBlock(block, competing.at(-1)?.hash ?? place.previousHash);
    competing.push(playedBlock(competitor, place.heightBlocks, clock.now() - readMs));
  }
  return segment.isContested ? { first: competing, winning: real } : { first: real, winning: [] };
}

async function readPlacedBlock({ file, hash }: ChainBlock) {
  const block = await readBlock(file);
  if (block.hash === hash) return block;
  throw chainErrors.BLOCK_FILE_CHANGED({ file, foundHash: block.hash, expectedHash: hash });
}
