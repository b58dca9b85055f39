/** Events published by streams whose hops are remembered. */
export const REMEMBERED_HOPS = 10_000;

/**
 * Remembers how many streams an event went through: those of the last {@link REMEMBERED_HOPS} events that streams
 * published. An event that it doesn't know began outside of streams, or so long ago that it counts as such.
 */
export class HopLedger {
  readonly #hops = new Map<number, number>();
  readonly #order = new Float64Array(REMEMBERED_HOPS);
  #next = 0;

  /**
   * Publishes with `publish` an event that will get this seq. Subscribers hear of it inside of that call, so its hops are
   * known before; they are forgotten when it throws.
   */
  publishing(seq: number, hops: number, publish: () => number): number {
    const slot = this.#next;
    this.#hops.delete(this.#order[slot] ?? 0);
    this.#order[slot] = seq;
    this.#hops.set(seq, hops);
    this.#next = (slot + 1) % REMEMBERED_HOPS;
    try {
      return publish();
    } catch (error) {
      this.#hops.delete(seq);
      throw error;
    }
  }

  /** 0 for an event that no stream published. */
  hopsOf(seq: number): number {
    return this.#hops.get(seq) ?? 0;
  }

  /** Events whose hops it knows now. */
  get size(): number {
    return this.#hops.size;
  }
}
