/** Sends bytes on in chunks of given sizes, over and over: frames are cut anywhere and joined with their neighbours. */
export class ChunkedSender {
  readonly #sizes: readonly number[];
  readonly #send: (chunk: Uint8Array) => void;
  #held: Uint8Array = new Uint8Array(0);
  #n = 0;

  /** A size of 0 sends all there is. */
  constructor(sizes: readonly number[], send: (chunk: Uint8Array) => void) {
    this.#sizes = sizes;
    this.#send = send;
  }

  /** Bytes that were pushed and not sent yet. */
  get heldBytes(): number {
    return this.#held.length;
  }

  push(bytes: Uint8Array): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      const size = this.#sizes[this.#n % this.#sizes.length] as number;
      const take = size === 0 ? this.#held.length : size;
      if (take === 0 || this.#held.length < take) return;
      this.#n++;
      this.#emit(take);
    }
  }

  /** Sends what is held. */
  flush(): void {
    if (this.#held.length > 0) this.#emit(this.#held.length);
  }

  #emit(bytes: number): void {
    const chunk = new Uint8Array(this.#held.subarray(0, bytes));
    this.#held = this.#held.subarray(bytes);
    this.#send(chunk);
  }
}
