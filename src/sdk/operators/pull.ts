import { type AsyncIterableX, from } from "ix/asynciterable";
import type { Observable } from "rxjs";
import type { AnyEvent, EventEnvelope, EventType } from "../../events/index.js";
import type { Delivery, GapNotice } from "../delivery.js";
import { type BufferOptions, requireCapacity, WaitingItems } from "./bounded-buffer.js";
import { type Confirmation, type ConfirmedOptions, confirmationBook } from "./confirmed.js";
import { type DedupeOptions, RecentKeys } from "./dedupe-by.js";
import { eventTypeCheck } from "./of-type.js";
import { safeBook } from "./reorg-safe.js";

/** An operator of Ix: `from(source).pipe(pull.ofType("NewBlock"))`, or called with the source. */
export type PullOperator<Item, Result> = (source: AsyncIterable<Item>) => AsyncIterableX<Result>;

/** The events of deliveries, for the pulling operators; a gap is told to `onGap` where it stands. */
function events(
  deliveries: AsyncIterable<Delivery>,
  onGap: (gap: GapNotice) => void = () => {},
): AsyncIterableX<AnyEvent> {
  return mapMany(deliveries, () => (delivery) => {
    if (delivery.kind === "event") return [delivery.event];
    onGap(delivery.gap);
    return [];
  });
}

function ofType<Type extends EventType>(
  ...types: readonly Type[]
): PullOperator<AnyEvent, EventEnvelope<Type>> {
  const isWanted = eventTypeCheck(types);
  return (source) => mapMany(source, () => (event) => (isWanted(event) ? [event] : []));
}

function confirmed(depth: number, options: ConfirmedOptions = {}): PullOperator<AnyEvent, Confirmation> {
  const makeBook = confirmationBook(depth, options);
  return (source) => mapMany(source, makeBook);
}

function reorgSafe(
  depth: number,
  options: ConfirmedOptions = {},
): PullOperator<AnyEvent, EventEnvelope<"NewBlock">> {
  const makeBook = safeBook(depth, options);
  return (source) => mapMany(source, makeBook);
}

function dedupeBy<Item>(
  keyOf: (item: Item) => unknown,
  options: DedupeOptions,
  clock: { now(): number } = Date,
): PullOperator<Item, Item> {
  return (source) =>
    mapMany(source, () => {
      const keys = new RecentKeys(options);
      return (item) => (keys.isNew(keyOf(item), clock.now()) ? [item] : []);
    });
}

/**
 * Pulls from what pushes: at most `capacity` items wait for whoever iterates, further ones are lost by the policy.
 * The source is subscribed to when iteration begins and left when it ends. After the source ended, what waits still comes.
 */
function boundedBuffer<Item>(source$: Observable<Item>, options: BufferOptions<Item>): AsyncIterableX<Item> {
  requireCapacity(options.capacity);
  return from({ [Symbol.asyncIterator]: () => drain(source$, options) });
}

async function* drain<Item>(source$: Observable<Item>, options: BufferOptions<Item>): AsyncGenerator<Item> {
  const waiting = new WaitingItems(options);
  let end: { readonly error?: unknown } | undefined;
  let wake: (() => void) | undefined;
  // Somebody waits already: the item is handed over, and needs no room.
  let handed: { readonly item: Item } | undefined;
  const subscription = source$.subscribe({
    next: (item) => {
      if (wake !== undefined && handed === undefined) handed = { item };
      else waiting.offer(item);
      wake?.();
    },
    error: (error: unknown) => {
      end = { error };
      wake?.();
    },
    complete: () => {
      end = {};
      wake?.();
    },
  });
  try {
    for (;;) {
      if (handed !== undefined) {
        const { item } = handed;
        handed = undefined;
        yield item;
      } else if (waiting.size > 0) yield waiting.shift() as Item;
      else if (end !== undefined) {
        if ("error" in end) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    }
  } finally {
    subscription.unsubscribe();
  }
}

/** One item in, any number out, with state of its own for each iteration. */
function mapMany<Item, Result>(
  source: AsyncIterable<Item>,
  makeState: () => (item: Item) => readonly Result[],
): AsyncIterableX<Result> {
  return from({
    async *[Symbol.asyncIterator]() {
      const take = makeState();
      for await (const item of source) yield* take(item);
    },
  });
}

/**
 * The pulling twins of the operators, for `module.deliveries()` and any async iterable. Nothing is taken from the source
 * before it is asked for; leaving the loop ends the source. What they keep is bounded as in their pushing twins.
 *
 * ```ts
 * const blocks = pull.events(module.deliveries()).pipe(pull.ofType("NewBlock", "BlockDisconnected"), pull.confirmed(6));
 * for await (const { kind, event } of blocks) …
 * ```
 */
export const pull = { events, ofType, confirmed, reorgSafe, dedupeBy, boundedBuffer } as const;
