/** Acknowledgements that are kept of one module: 64 KiB. Powers of two. */
const KEPT_ACKS = 4096;
const FIRST_ACKS = 64;

/** When a module acknowledged up to which seq, for the last {@link KEPT_ACKS} acknowledgements. */
export class AckRecord {
  #seqs: Float64Array = new Float64Array(FIRST_ACKS);
  #atMs: Float64Array = new Float64Array(FIRST_ACKS);
  #next = 0;

  note(seq: number, atMs: number): void {
    if (this.#next === this.#seqs.length && this.#next < KEPT_ACKS) {
      this.#seqs = doubled(this.#seqs);
      this.#atMs = doubled(this.#atMs);
    }
    const at = this.#next++ & (this.#seqs.length - 1);
    this.#seqs[at] = seq;
    this.#atMs[at] = atMs;
  }

  /** Milliseconds since 1970 of the acknowledgement that was the first to cover `seq`; undefined when it is forgotten. */
  firstCovering(seq: number): number | undefined {
    const oldest = Math.max(0, this.#next - KEPT_ACKS);
    let low = oldest;
    let high = this.#next;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle & (this.#seqs.length - 1)] as number) >= seq) high = middle;
      else low = middle + 1;
    }
    // Were it the oldest that is kept, one before it may have covered the event already.
    if (low === this.#next || (low === oldest && oldest > 0)) return undefined;
    return this.#atMs[low & (this.#seqs.length - 1)];
  }
}

function doubled(numbers: Float64Array): Float64Array {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
