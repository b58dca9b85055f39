import { serializeBlock } from "../block/serialize-block.js";
import { chainErrors } from "../errors.js";
import { type ReadBlock, readBlock } from "./block-file.js";
import type { BlockPlace } from "./block-place.js";
import { buildCompetingBlock } from "./competing-block.js";

/** Blocks that stay in memory, the last ones that were asked for. */
const maxKeptBlocks = 2;

/**
 * Reads the blocks of queries from their files again, one after the other, and keeps the last two, so that what is held
 * is at most three blocks of 4 MB however many modules ask. Whoever made it closes it.
 */
export class RereadBlocks {
  readonly #signal: AbortSignal;
  readonly #kept = new Map<string, Promise<ReadBlock>>();
  #last: Promise<unknown> = Promise.resolve();

  /** Once the signal is aborted, what waits to be read rejects with its reason. */
  constructor({ signal }: { signal: AbortSignal }) {
    this.#signal = signal;
  }

  /**
   * The block at a place.
   * Rejects as `readBlock` does, and with BLOCK_FILE_CHANGED when the file no longer holds the block it held.
   */
  read(place: BlockPlace): Promise<ReadBlock> {
    const key = `${place.competesOn ?? ""} ${place.fileHash} ${place.file}`;
    const kept = this.#kept.get(key) ?? this.#readNext(place);
    // The order of a Map is that of insertion: whoever is asked for stands last.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKeptBlocks && oldest !== undefined) this.#kept.delete(oldest);
    kept.catch(() => this.#kept.get(key) === kept && this.#kept.delete(key));
    return kept;
  }

  /** Resolves when no file is being read any more. */
  async close(): Promise<void> {
    this.#kept.clear();
    await this.#last;
  }

  #readNext(place: BlockPlace): Promise<ReadBlock> {
    const read = this.#last.then(() => {
      this.#signal.throwIfAborted();
      return readPlace(place);
    });
    this.#last = read.catch(() => {});
    return read;
  }
}

async function readPlace({ file, fileHash, competesOn }: BlockPlace): Promise<ReadBlock> {
  const read = await readExpected(file, fileHash);
  if (competesOn === undefined) return read;
  const block = buildCompetingBlock(read.block, competesOn);
  return { block, bytes: serializeBlock(block) };
}

/** Reads and checks a block file that is known. Throws as `readBlock` does, and BLOCK_FILE_CHANGED. */
export async function readExpected(file: string, expectedHash: string): Promise<ReadBlock> {
  const read = await readBlock(file);
  if (read.block.hash === expectedHash) return read;
  throw chainErrors.BLOCK_FILE_CHANGED({ file, foundHash: read.block.hash, expectedHash });
}
