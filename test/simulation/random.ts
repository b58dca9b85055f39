/** Numbers from a seed: the same seed draws the same ones on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike, and a campaign's seeds don't fit 32 bits.
    this.#state = Math.imul(seed >>> 0, 0x9e3779b1) ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0x85ebca6b);
    for (let n = 0; n < 4; n++) this.next();
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.int(0, items.length - 1)] as Item;
  }

  /** Between `min` and all of the items, in their order. */
  some<Item>(items: readonly Item[], min: number): Item[] {
    const left = [...items];
    const count = this.int(min, items.length);
    while (left.length > count) left.splice(this.int(0, left.length - 1), 1);
    return left;
  }

  weighted<Item>(choices: readonly (readonly [weight: number, item: Item])[]): Item {
    let at = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of choices) {
      at -= weight;
      if (at < 0) return item;
    }
    return (choices.at(-1) as readonly [number, Item])[1];
  }
}
