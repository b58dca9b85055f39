const INITIAL_SLOTS = 16;

/**
 * A first-in first-out queue on a circular array; push and shift are O(1).
 * It grows by doubling and has no limit of its own: its owner decides what may enter.
 *
 * ```
 *        head          tail (next free)
 *         ▼             ▼
 *   [ . . a b c d e f g . . ]    index = (head + n) & mask
 * ```
 */
export class Deque<Item> {
  #slots: (Item | undefined)[] = new Array(INITIAL_SLOTS);
  #mask = INITIAL_SLOTS - 1;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: Item): void {
    if (this.#size > this.#mask) this.#grow();
    this.#slots[(this.#head + this.#size) & this.#mask] = item;
    this.#size++;
  }

  /** Puts an item before all others. */
  unshift(item: Item): void {
    if (this.#size > this.#mask) this.#grow();
    this.#head = (this.#head - 1) & this.#mask;
    this.#slots[this.#head] = item;
    this.#size++;
  }

  shift(): Item | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#size--;
    return item;
  }

  /** The item `n` places behind the head, or undefined beyond the tail. */
  at(n: number): Item | undefined {
    return n < this.#size ? this.#slots[(this.#head + n) & this.#mask] : undefined;
  }

  first(): Item | undefined {
    return this.at(0);
  }

  last(): Item | undefined {
    return this.#size === 0 ? undefined : this.at(this.#size - 1);
  }

  #grow(): void {
    const larger: (Item | undefined)[] = new Array(this.#slots.length * 2);
    for (let n = 0; n < this.#size; n++) larger[n] = this.#slots[(this.#head + n) & this.#mask];
    this.#slots = larger;
    this.#mask = larger.length - 1;
    this.#head = 0;
  }
}
