import { z } from "zod";
import type { BestBlocks } from "./best-blocks.js";
import type { StreamItem } from "./stream-item.js";

interface HeldBlock {
  readonly height: number;
  readonly item: StreamItem;
}

export interface BookOptions {
  /** Blocks; 1 is the tip. */
  readonly depth: number;
  /** Blocks held at most, and remembered after they passed. */
  readonly max: number;
}

/** What an entry in the book leads to: what passes now, lowest first, and how many held blocks are lost. */
export interface BookedBlock {
  readonly confirmed: readonly StreamItem[];
  readonly dropped: number;
}

/**
 * Which blocks wait for their depth and which have passed. Everything in it is bounded by `max`: one block more is not
 * taken, and of those that passed the oldest are forgotten.
 */
export class ConfirmationBook {
  readonly #blocks: BestBlocks;
  readonly #options: BookOptions;
  readonly #held = new Map<string, HeldBlock>();
  /** Hashes of what passed, oldest first. */
  readonly #passed = new Map<string, number>();

  constructor(blocks: BestBlocks, options: BookOptions) {
    this.#blocks = blocks;
    this.#options = options;
  }

  get held(): number {
    return this.#held.size;
  }

  /** A block asks to pass. It is held once, however often it comes, and passes once. */
  offer(item: StreamItem, block: { readonly height: number; readonly block_hash: string }): BookedBlock {
    const { height, block_hash: hash } = block;
    if (this.#held.has(hash) || this.#passed.has(hash)) return { confirmed: [], dropped: 0 };
    // One that came too late: by now another block stands in its place.
    if (this.#isReplaced(height, hash)) return { confirmed: [], dropped: 1 };
    if (this.#held.size >= this.#options.max && !this.#isDeep(height, hash))
      return { confirmed: [], dropped: 1 };
    this.#held.set(hash, { height, item });
    return { confirmed: this.#release(), dropped: 0 };
  }

  connect(height: number, hash: string): BookedBlock {
    this.#blocks.connect(height, hash);
    let dropped = 0;
    for (const [heldHash, held] of this.#held)
      if (this.#isReplaced(held.height, heldHash) && this.#held.delete(heldHash)) dropped++;
    return { confirmed: this.#release(), dropped };
  }

  /** `retracted` where the block had passed. */
  disconnect(height: number, hash: string): { readonly retracted: boolean; readonly dropped: number } {
    this.#blocks.disconnect(height, hash);
    const dropped = this.#held.delete(hash) ? 1 : 0;
    return { retracted: this.#passed.delete(hash), dropped };
  }

  kept(): z.output<typeof keptBook> {
    const held = [...this.#held].map(([hash, { height, item }]) => ({ hash, height, item }));
    return { blocks: [...this.#blocks.entries()], held, passed: [...this.#passed] };
  }

  /** Takes what a predecessor kept, as far as it makes sense and fits. */
  restore(kept: unknown): void {
    const book = keptBook.safeParse(kept).data;
    if (book === undefined) return;
    const { max } = this.#options;
    for (const [height, hash] of book.blocks) this.#blocks.connect(height, hash);
    for (const { hash, height, item } of book.held.slice(0, max)) this.#held.set(hash, { height, item });
    for (const [hash, height] of book.passed.slice(-max)) this.#passed.set(hash, height);
  }

  #isReplaced(height: number, hash: string): boolean {
    const known = this.#blocks.hashAt(height);
    return known !== undefined && known !== hash;
  }

  #isDeep(height: number, hash: string): boolean {
    return this.#blocks.depthOf(height, hash) >= this.#options.depth;
  }

  #release(): readonly StreamItem[] {
    const deep = [...this.#held].filter(([hash, { height }]) => this.#isDeep(height, hash));
    deep.sort(([, a], [, b]) => a.height - b.height);
    for (const [hash, { height }] of deep) {
      this.#held.delete(hash);
      this.#passed.set(hash, height);
    }
    for (const oldest of this.#passed.keys()) {
      if (this.#passed.size <= this.#options.max) break;
      this.#passed.delete(oldest);
    }
    return deep.map(([, { item }]) => item);
  }
}

const keptBook = z.object({
  blocks: z.array(z.tuple([z.number(), z.string()])),
  held: z.array(
    z.object({
      hash: z.string(),
      height: z.number(),
      item: z.object({ value: z.unknown(), seq: z.number(), timestampMs: z.number(), hops: z.number() }),
    }),
  ),
  passed: z.array(z.tuple([z.string(), z.number()])),
});
