/**
 * The newest blocks of the best chain by height, as NewBlock and BlockDisconnected tell it: at most `max` of them,
 * those below are forgotten. Blocks may be missing where nobody told of them.
 */
export class BestBlocks {
  readonly #max: number;
  readonly #hashes = new Map<number, string>();
  #tip: number | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  /** Height of the newest block; undefined as long as none is known. */
  get tip(): number | undefined {
    return this.#tip;
  }

  get size(): number {
    return this.#hashes.size;
  }

  /** The block at this height; undefined when it isn't known, which doesn't mean that there is none. */
  hashAt(height: number): string | undefined {
    return this.#hashes.get(height);
  }

  /** A block that contradicts a known one puts itself in its place, and those above are gone too. */
  connect(height: number, hash: string): void {
    const known = this.#hashes.get(height);
    if (known === hash) return;
    if (known !== undefined) this.#cut(height);
    this.#hashes.set(height, hash);
    if (this.#tip === undefined || height > this.#tip) this.#tip = height;
    this.#forgetOld();
  }

  /** Takes this block and those above it off, unless another one is known at its height. */
  disconnect(height: number, hash: string): void {
    const known = this.#hashes.get(height);
    if (known !== undefined && known !== hash) return;
    if (this.#tip !== undefined && height > this.#tip) return;
    this.#cut(height);
  }

  /** How many blocks deep a block is, 1 at the tip; 0 when it isn't on the best chain as far as that is known. */
  depthOf(height: number, hash: string): number {
    const known = this.#hashes.get(height);
    if (this.#tip === undefined || height > this.#tip || (known !== undefined && known !== hash)) return 0;
    return this.#tip - height + 1;
  }

  entries(): [number, string][] {
    return [...this.#hashes];
  }

  #cut(height: number): void {
    for (const known of this.#hashes.keys()) if (known >= height) this.#hashes.delete(known);
    this.#tip = height - 1;
  }

  #forgetOld(): void {
    const limit = (this.#tip ?? 0) - this.#max;
    if (this.#hashes.delete(limit) || this.#hashes.size <= this.#max) return;
    for (const height of this.#hashes.keys()) if (height <= limit) this.#hashes.delete(height);
  }
}
