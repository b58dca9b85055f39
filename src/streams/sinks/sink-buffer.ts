import type { SchedulerLike } from "rxjs";
import { Deque } from "../../deque.js";
import { errorCode } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { OpenSink, SinkLoss, SinkPolicy } from "../sink.js";
import type { StepCounters } from "../step-counters.js";
import type { StreamItem } from "../stream-item.js";

/** Drops or failures that begin this soon after the last line about them belong to the same episode. */
const EPISODE_MS = 60_000;

export interface SinkBufferOptions {
  /** Items that may wait; what the sink has in hand is not among them. */
  readonly capacity: number;
  readonly policy: SinkPolicy;
}

export interface SinkBufferDeps {
  readonly counters: StepCounters;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  /** Called once each time a buffer that was full has room again: when half of its capacity is free. */
  readonly onRoom: () => void;
}

/**
 * What stands between a stream and one sink. It gives the sink one item after another (or one batch), in the order of
 * `offer`; a sink that answers without a promise gets its item inside of `offer`, and nothing waits.
 *
 * - Full: `drop_newest` throws away what comes, `drop_oldest` what has waited longest. `block` says {@link isFull} and
 *   takes what one event may still yield, up to twice its capacity; from there on it drops the newest.
 * - A sink that throws or rejects loses what it had in hand, and the next item is tried.
 * - Counts: `in = out + dropped + errors + held` at every moment; `held` is what waits and what the sink has in hand.
 * - Log: one warning per episode of drops and one per episode of failures, whatever their number.
 *
 * It owns the sink from here on, and closes it.
 */
export class SinkBuffer {
  readonly #sink: OpenSink;
  readonly #deps: SinkBufferDeps;
  readonly #capacity: number;
  readonly #policy: SinkPolicy;
  readonly #waiting = new Deque<StreamItem>();
  readonly #drops: Episodes;
  readonly #failures: Episodes;
  #inHand = 0;
  #isGiving = false;
  #isFull = false;
  #isClosed = false;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(sink: OpenSink, deps: SinkBufferDeps, { capacity, policy }: SinkBufferOptions) {
    this.#sink = sink;
    this.#deps = deps;
    this.#capacity = capacity;
    this.#policy = policy;
    this.#drops = new Episodes(deps.scheduler);
    this.#failures = new Episodes(deps.scheduler);
  }

  /** Only ever true with the policy `block`: from the moment nothing more should come until `onRoom`. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Never throws, never waits. What comes after `close` is dropped. */
  offer(item: StreamItem): void {
    this.#deps.counters.in++;
    if (this.#closing !== undefined) {
      this.#deps.counters.dropped++;
      return;
    }
    if (!this.#isGiving && this.#waiting.size === 0) {
      this.#deps.counters.held++;
      this.#isGiving = true;
      this.#give([item]);
      return;
    }
    this.#wait(item);
  }

  /**
   * Gives the sink what waits, until the signal ends; then drops the rest, counted, and closes the sink.
   * Never rejects; idempotent.
   */
  close(signal: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(signal);
    return this.#closing;
  }

  #wait(item: StreamItem): void {
    const limit = this.#policy === "block" ? 2 * this.#capacity : this.#capacity;
    if (this.#waiting.size >= limit) {
      this.#countDrop(item);
      if (this.#policy !== "drop_oldest") return;
      this.#waiting.shift();
      this.#deps.counters.held--;
    }
    this.#waiting.push(item);
    this.#deps.counters.held++;
    if (this.#policy === "block" && this.#waiting.size >= this.#capacity) this.#isFull = true;
  }

  #countDrop(item: StreamItem): void {
    this.#deps.counters.dropped++;
    if (this.#drops.begins())
      this.#deps.log.warn(
        { seq: item.seq, capacity: this.#capacity, policy: this.#policy },
        "a sink is too slow for its stream: its buffer is full and drops items",
      );
  }

  /** Called with `#isGiving` set; leaves it set while a promise of the sink is open. */
  #give(first: readonly StreamItem[]): void {
    for (let items = first; items.length > 0; items = this.#take()) {
      this.#inHand = items.length;
      const written = this.#write(items);
      if (written === undefined) continue;
      written.then(
        (loss) => this.#afterwards(items, loss ?? undefined),
        (error: unknown) => this.#afterwards(items, { items: items.length, error }),
      );
      return;
    }
    this.#isGiving = false;
    this.#onIdle?.();
  }

  #write(items: readonly StreamItem[]): Promise<SinkLoss | undefined> | Promise<void> | undefined {
    try {
      const [item] = items as [StreamItem];
      const { batch } = this.#sink;
      const written = batch === undefined ? this.#sink.write(item) : batch.write(items);
      if (written instanceof Promise) return written;
      this.#count(items, written ?? undefined);
    } catch (error) {
      this.#count(items, { items: items.length, error });
    }
    return undefined;
  }

  #afterwards(items: readonly StreamItem[], loss: SinkLoss | undefined): void {
    // What was in hand when the time was up is counted as dropped already.
    if (this.#isClosed) return;
    this.#count(items, loss);
    this.#give(this.#take());
  }

  #count(items: readonly StreamItem[], loss: SinkLoss | undefined): void {
    const { counters, log } = this.#deps;
    this.#inHand = 0;
    counters.held -= items.length;
    const lost = loss?.items ?? 0;
    counters.out += items.length - lost;
    counters.errors += lost;
    if (loss !== undefined && this.#failures.begins())
      log.warn(
        { err: loss.error, code: errorCode(loss.error), seq: items[0]?.seq, items: lost },
        "a sink failed to write; what it had in hand is lost",
      );
  }

  #take(): StreamItem[] {
    const items: StreamItem[] = [];
    if (this.#isClosed) return items;
    const most = this.#sink.batch?.maxItems ?? 1;
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      items.push(item);
      if (items.length === most) break;
    }
    if (this.#isFull && this.#waiting.size <= this.#capacity / 2) {
      this.#isFull = false;
      // What comes during the call waits behind what was just taken.
      if (this.#closing === undefined) this.#deps.onRoom();
    }
    return items;
  }

  async #close(signal: AbortSignal): Promise<void> {
    if (this.#isGiving) await this.#idleOr(signal);
    this.#isClosed = true;
    this.#dropRest();
    try {
      await this.#sink.close(signal);
    } catch (error) {
      this.#deps.log.warn({ err: error, code: errorCode(error) }, "a sink failed to close");
    }
  }

  #idleOr(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        signal.removeEventListener("abort", settle);
        this.#onIdle = undefined;
        resolve();
      };
      if (signal.aborted) return settle();
      signal.addEventListener("abort", settle);
      this.#onIdle = settle;
    });
  }

  #dropRest(): void {
    const { counters, log } = this.#deps;
    const dropped = this.#waiting.size + this.#inHand;
    while (this.#waiting.shift() !== undefined);
    this.#inHand = 0;
    this.#isFull = false;
    counters.dropped += dropped;
    counters.held -= dropped;
    if (dropped > 0) log.warn({ dropped }, "a sink had no time to write what it held; it is dropped");
  }
}

/** Tells the beginning of an episode from its course. */
class Episodes {
  readonly #scheduler: SchedulerLike;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Called each time; true when the last time is long ago. */
  begins(): boolean {
    const nowMs = this.#scheduler.now();
    const isNew = nowMs - this.#lastMs >= EPISODE_MS;
    this.#lastMs = nowMs;
    return isNew;
  }
}
