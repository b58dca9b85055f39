import type { Block } from "../../block/block.js";
import { parseBlock } from "../../block/parse-block.js";
import type { BlockArchive } from "./chain-kernel.js";

/** Reads stored blocks and keeps those that were read last, up to `maxBytes` of them together. */
export class BlockReader {
  readonly #archive: BlockArchive;
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Block>();
  #keptBytes = 0;

  constructor(archive: BlockArchive, maxBytes: number) {
    this.#archive = archive;
    this.#maxBytes = maxBytes;
  }

  /** @throws what the archive throws */
  read(hash: string): Block {
    const kept = this.#kept.get(hash);
    if (kept !== undefined) return kept;
    const block = parseBlock(this.#archive.getBlock(hash));
    this.#kept.set(hash, block);
    this.#keptBytes += block.sizeBytes;
    for (const [oldest, { sizeBytes }] of this.#kept) {
      if (this.#keptBytes <= this.#maxBytes) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= sizeBytes;
    }
    return block;
  }
}
