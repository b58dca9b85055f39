import { Deque } from "../../deque.js";
import type { Logger } from "../../log.js";
import type { IntakeCounters } from "../running-stream.js";
import type { StreamItem } from "../stream-item.js";

export interface IntakeDeps {
  /** True while a sink asks for a pause. */
  readonly isBlocked: () => boolean;
  /** Takes one item through all steps, to its end. */
  readonly handle: (item: StreamItem) => void;
  /** Called each time when nothing is handled and nothing waits any more. */
  readonly onIdle: () => void;
  readonly log: Logger;
}

/**
 * What stands before a stream's first step. Items go straight through, one at a time and in order: what comes while
 * another item is handled (the stream's own publishing sets it off), or while a sink with the policy `block` is full,
 * waits its turn. When `capacity` items wait, the NEW one is dropped and counted; those that wait are never lost.
 * One warning per episode of drops.
 */
export class Intake {
  readonly counters: IntakeCounters = { in: 0, dropped: 0, held: 0 };
  readonly #deps: IntakeDeps;
  readonly #capacity: number;
  readonly #waiting = new Deque<StreamItem>();
  #isHandling = false;
  #isDropping = false;

  constructor(deps: IntakeDeps, { capacity }: { readonly capacity: number }) {
    this.#deps = deps;
    this.#capacity = capacity;
  }

  /** True when the next item would go straight through. */
  get isOpen(): boolean {
    return !this.#isHandling && this.#waiting.size === 0 && !this.#deps.isBlocked();
  }

  /** True when nothing is handled and nothing waits. */
  get isIdle(): boolean {
    return !this.#isHandling && this.#waiting.size === 0;
  }

  offer(item: StreamItem): void {
    this.counters.in++;
    if (this.isOpen) {
      this.#handle(item);
      if (this.#waiting.size > 0) this.resume();
      else this.#deps.onIdle();
      return;
    }
    if (this.#waiting.size >= this.#capacity) return this.#drop(item);
    this.#waiting.push(item);
    this.counters.held++;
  }

  /** Runs what belongs to an item that a timer or an answer brings: what comes meanwhile waits as behind any item. */
  during(work: (item: StreamItem) => void, item: StreamItem): void {
    if (this.#isHandling) return work(item);
    this.#isHandling = true;
    try {
      work(item);
    } finally {
      this.#isHandling = false;
    }
    if (this.#waiting.size > 0) this.resume();
  }

  /** There may be room again: takes what waits until there is none. */
  resume(): void {
    this.#takeWhile(() => !this.#deps.isBlocked());
  }

  /** Takes everything that waits, room or not: the buffers of the sinks have bounds of their own. */
  drain(): void {
    this.#takeWhile(() => true);
  }

  /** The stream ended: what waits is dropped, counted. */
  clear(): void {
    this.counters.dropped += this.#waiting.size;
    while (this.#waiting.shift() !== undefined);
    this.counters.held = 0;
  }

  #takeWhile(mayTake: () => boolean): void {
    if (this.#isHandling) return;
    while (this.#waiting.size > 0 && mayTake()) {
      const item = this.#waiting.shift();
      this.counters.held--;
      if (item !== undefined) this.#handle(item);
    }
    if (this.#waiting.size > 0) return;
    this.#isDropping = false;
    this.#deps.onIdle();
  }

  #handle(item: StreamItem): void {
    this.#isHandling = true;
    try {
      this.#deps.handle(item);
    } finally {
      this.#isHandling = false;
    }
  }

  #drop(item: StreamItem): void {
    this.counters.dropped++;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#deps.log.warn(
      { seq: item.seq, capacity: this.#capacity },
      "a stream can't keep up: its intake is full and drops new items",
    );
  }
}
