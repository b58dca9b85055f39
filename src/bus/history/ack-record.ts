/** Acknowledgements that are kept of one module: 64 KiB. A power of two. */
export const KEPT_ACKS = 4096;

/** When a module acknowledged up to which seq, for the last {@link KEPT_ACKS} acknowledgements. */
export class AckRecord {
  readonly #seqs = new Float64Array(KEPT_ACKS);
  readonly #atMs = new Float64Array(KEPT_ACKS);
  #next = 0;

  note(seq: number, atMs: number): void {
    const at = this.#next++ & (KEPT_ACKS - 1);
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
      if ((this.#seqs[middle & (KEPT_ACKS - 1)] as number) >= seq) high = middle;
      else low = middle + 1;
    }
    // Were it the oldest that is kept, one before it may have covered the event already.
    if (low === this.#next || (low === oldest && oldest > 0)) return undefined;
    return this.#atMs[low & (KEPT_ACKS - 1)];
  }
}
