/** The strings that were added last, at most `capacity`; the oldest is forgotten first. */
export class RecentSet {
  readonly #capacity: number;
  readonly #items = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(item: string): void {
    this.#items.delete(item);
    this.#items.add(item);
    const [oldest] = this.#items;
    if (this.#items.size > this.#capacity && oldest !== undefined) this.#items.delete(oldest);
  }

  has(item: string): boolean {
    return this.#items.has(item);
  }
}
