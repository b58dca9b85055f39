/** What became of a block. Confirmed blocks come in height order; retracted ones tip first. */
export type ConfirmationChange<Block> =
  | { readonly kind: "confirmed"; readonly block: Block }
  /** It had been confirmed and left the best chain. */
  | { readonly kind: "retracted"; readonly block: Block }
  /** It left the best chain before it was confirmed, or was pushed out by `maxBlocks`. */
  | { readonly kind: "forgotten"; readonly block: Block };

interface KnownBlock<Block> {
  readonly heightBlocks: number;
  readonly hash: string;
  readonly block: Block;
  isConfirmed: boolean;
}

/**
 * Keeps the last blocks of a chain and tells which of them are `depth` deep: a block at the tip is 1 deep, as
 * `confirmations` of Bitcoin Core counts. Told of connected and disconnected blocks in their order; pure, no clock.
 *
 * - A block that comes at or below a known height without a word of the old one (an event was lost) takes the old ones
 *   off first. A block that comes above a hole leaves those below it where they are: their depth follows from heights.
 * - Keeps at most `maxBlocks`; the lowest goes first. A confirmed one is then beyond recall: it is never retracted.
 */
export class ConfirmationLedger<Block> {
  readonly #depth: number;
  readonly #maxBlocks: number;
  /** Lowest first, heights strictly rising. */
  #blocks: KnownBlock<Block>[] = [];

  constructor({ depth, maxBlocks }: { readonly depth: number; readonly maxBlocks: number }) {
    this.#depth = depth;
    this.#maxBlocks = Math.max(maxBlocks, depth);
  }

  /** Blocks that are not yet deep enough. */
  get waiting(): number {
    return this.#blocks.reduce((waiting, { isConfirmed }) => waiting + (isConfirmed ? 0 : 1), 0);
  }

  get size(): number {
    return this.#blocks.length;
  }

  /** A block was connected. What it took off, then what became deep enough. */
  connect(heightBlocks: number, hash: string, block: Block): ConfirmationChange<Block>[] {
    if (this.#blocks.at(-1)?.hash === hash) return [];
    const changes = this.#takeOff((known) => known.heightBlocks >= heightBlocks);
    this.#blocks.push({ heightBlocks, hash, block, isConfirmed: false });
    for (const known of this.#blocks) {
      if (known.isConfirmed || heightBlocks - known.heightBlocks + 1 < this.#depth) continue;
      known.isConfirmed = true;
      changes.push({ kind: "confirmed", block: known.block });
    }
    while (this.#blocks.length > this.#maxBlocks) {
      const oldest = this.#blocks.shift();
      if (oldest !== undefined && !oldest.isConfirmed)
        changes.push({ kind: "forgotten", block: oldest.block });
    }
    return changes;
  }

  /** A block was disconnected, with everything above it. A block that isn't known changes nothing. */
  disconnect(hash: string): ConfirmationChange<Block>[] {
    const gone = this.#blocks.find((known) => known.hash === hash);
    return gone === undefined ? [] : this.#takeOff((known) => known.heightBlocks >= gone.heightBlocks);
  }

  #takeOff(isGone: (known: KnownBlock<Block>) => boolean): ConfirmationChange<Block>[] {
    const gone = this.#blocks.filter(isGone);
    if (gone.length > 0) this.#blocks = this.#blocks.filter((known) => !isGone(known));
    return gone
      .reverse()
      .map(({ block, isConfirmed }) => ({ kind: isConfirmed ? "retracted" : "forgotten", block }));
  }
}
