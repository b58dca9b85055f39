import { withDeadline } from "./ipc-deadline.js";

/** A list that can be waited for: what happened, in order. */
export class Recorder<Item> {
  readonly items: Item[] = [];
  readonly #what: string;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(what: string) {
    this.#what = what;
  }

  readonly push = (item: Item): void => {
    this.items.push(item);
    const due = this.#waiting.filter(({ count }) => this.items.length >= count);
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter));
    for (const { resolve } of due) resolve();
  };

  /** Resolves with the `count`th item, once there is one. */
  async nth(count: number): Promise<Item> {
    if (this.items.length < count) {
      const reached = new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
      await withDeadline(reached, `${count} × ${this.#what}, found ${this.items.length}`);
    }
    return this.items[count - 1] as Item;
  }
}
