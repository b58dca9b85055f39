/** Bytes on their way, first in first out; a reader may take any part of them. */
export class ByteQueue {
  #chunks: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(bytes: Uint8Array): void {
    // A copy: the writer may use its buffer again.
    if (bytes.length > 0) this.#chunks.push(Uint8Array.from(bytes));
    this.#size += bytes.length;
  }

  /** At most `max` bytes from the front, as one chunk. */
  take(max: number): Uint8Array {
    const first = this.#chunks[0];
    if (first !== undefined && this.#chunks.length === 1 && first.length <= max) {
      this.clear();
      return first;
    }
    const all = Buffer.concat(this.#chunks);
    const bytes = Math.min(max, all.length);
    this.#chunks = bytes < all.length ? [all.subarray(bytes)] : [];
    this.#size = all.length - bytes;
    return Uint8Array.from(all.subarray(0, bytes));
  }

  dropTail(bytes: number): void {
    const kept = this.take(Math.max(0, this.#size - bytes));
    this.clear();
    this.push(kept);
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }
}
