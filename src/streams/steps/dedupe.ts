import { z } from "zod";
import { duration } from "../duration.js";
import { itemKey } from "../item-key.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";

const options = z.strictObject({
  key: z.string().min(1).meta({ description: "Expression of what makes two items the same." }),
  window: duration
    .prefault("10m")
    .meta({ description: "How long a key is remembered, from the item that passed." }),
  max: z
    .int()
    .min(1)
    .max(100_000)
    .default(10_000)
    .meta({ unit: "keys", description: "Keys remembered; past it the oldest is forgotten." }),
  refresh: z.boolean().default(false).meta({
    description: "Remember a key from its last item, passed or not, instead of the one that passed.",
  }),
});

/** Passes the first item of each key within a time. */
export const dedupeStep = defineStep({
  kind: "dedupe",
  docs: {
    summary:
      "Lets the first item of each key pass and none with the same key for `window` after it; the others end here and are not counted as dropped.",
    ordering: "Items leave in the order in which they came, at once.",
    memory:
      "Remembers at most `max` keys of at most 128 characters (`held`; longer ones as their SHA-256). When one more comes the oldest key is forgotten: nothing is lost, but its next item passes. Keys that are past their window are forgotten with the next item.",
    onComplete: "Completes with its source.",
    onError:
      "Passes on its source's error. An item whose key can't be evaluated ends here, counted as an error.",
    example: "{ id: once, dedupe: { key: 'event.payload.tx_hash', window: 10m, max: 10000 } }",
  },
  options,
  prepare({ key, window, max, refresh }, context) {
    const keyOf = context.expression(["key"], key, "any");
    return {
      output: context.input,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const seen = new SeenKeys({ windowMs: window, max, refresh });
          seen.restore(runtime.carried(), out.now());
          runtime.keep(() => seen.entries());
          runtime.counters.held = seen.size;
          return {
            next(item) {
              const value = runtime.evaluate(keyOf, item);
              if (value === undefined) return;
              const isFirst = seen.note(itemKey(value), out.now());
              runtime.counters.held = seen.size;
              if (isFirst) out.next(item);
            },
            close() {
              runtime.counters.held = 0;
            },
          };
        }),
    };
  },
});

/** The keys of a window, oldest first. */
class SeenKeys {
  readonly #options: { readonly windowMs: number; readonly max: number; readonly refresh: boolean };
  readonly #noticedMs = new Map<string, number>();

  constructor(options: { readonly windowMs: number; readonly max: number; readonly refresh: boolean }) {
    this.#options = options;
  }

  get size(): number {
    return this.#noticedMs.size;
  }

  /** @returns true when the key was not remembered */
  note(key: string, nowMs: number): boolean {
    this.#forgetBefore(nowMs - this.#options.windowMs);
    const isFirst = !this.#noticedMs.has(key);
    if (isFirst || this.#options.refresh) {
      this.#noticedMs.delete(key);
      this.#noticedMs.set(key, nowMs);
    }
    if (this.size > this.#options.max) this.#forgetOldest();
    return isFirst;
  }

  entries(): readonly (readonly [string, number])[] {
    return [...this.#noticedMs];
  }

  /** Takes what a predecessor kept, as far as it makes sense. */
  restore(kept: unknown, nowMs: number): void {
    const entries = z.array(z.tuple([z.string(), z.number()])).safeParse(kept).data ?? [];
    for (const [key, atMs] of entries.slice(-this.#options.max))
      this.#noticedMs.set(key, Math.min(atMs, nowMs));
  }

  #forgetBefore(limitMs: number): void {
    for (const [key, atMs] of this.#noticedMs) {
      if (atMs > limitMs) return;
      this.#noticedMs.delete(key);
    }
  }

  #forgetOldest(): void {
    for (const key of this.#noticedMs.keys()) {
      this.#noticedMs.delete(key);
      return;
    }
  }
}
