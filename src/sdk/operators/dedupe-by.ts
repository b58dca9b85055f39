import { asyncScheduler, defer, filter, type MonoTypeOperatorFunction, type SchedulerLike } from "rxjs";

export interface DedupeOptions {
  /** How long a key is remembered, from its first item on. */
  readonly windowMs: number;
  /** Keys that are remembered at most (10,000 by default); then the oldest is forgotten, and its next item passes. */
  readonly maxKeys?: number;
}

const USUAL_MAX_KEYS = 10_000;

/**
 * Lets pass the first item of each key and none of the same key for `windowMs` after it. Keys are compared as Map does.
 * Order is kept. Holds keys, not items: at most `maxKeys`. No timer: old keys go when items come.
 */
export function dedupeBy<Item>(
  keyOf: (item: Item) => unknown,
  options: DedupeOptions,
  scheduler: Pick<SchedulerLike, "now"> = asyncScheduler,
): MonoTypeOperatorFunction<Item> {
  return (items$) =>
    defer(() => {
      const keys = new RecentKeys(options);
      return items$.pipe(filter((item) => keys.isNew(keyOf(item), scheduler.now())));
    });
}

/** Keys and when they were first seen, oldest first. */
export class RecentKeys {
  readonly #windowMs: number;
  readonly #maxKeys: number;
  readonly #seenAtMs = new Map<unknown, number>();

  constructor({ windowMs, maxKeys = USUAL_MAX_KEYS }: DedupeOptions) {
    if (!(windowMs > 0) || !(maxKeys >= 1))
      throw new RangeError(
        `windowMs is ${windowMs}, maxKeys ${maxKeys}; more than 0 and at least 1 are needed`,
      );
    this.#windowMs = windowMs;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#seenAtMs.size;
  }

  /** Whether the key was not seen within the window; it is then remembered. */
  isNew(key: unknown, nowMs: number): boolean {
    for (const [old, seenAtMs] of this.#seenAtMs) {
      if (nowMs - seenAtMs < this.#windowMs) break;
      this.#seenAtMs.delete(old);
    }
    if (this.#seenAtMs.has(key)) return false;
    this.#seenAtMs.set(key, nowMs);
    if (this.#seenAtMs.size > this.#maxKeys) {
      const [oldest] = this.#seenAtMs.keys();
      this.#seenAtMs.delete(oldest);
    }
    return true;
  }
}
