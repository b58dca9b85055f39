import { Deque } from "../../../deque.js";
import type { ChainEvent } from "../../chain-source.js";

/** Changes what has been told, and makes the event that tells it. */
export type Telling = () => ChainEvent;

/**
 * The events of a devnet on their way out, in the order in which they were caused; each changes what is told right
 * before it leaves. Nothing leaves before `release`; after `close` nothing leaves any more and what waits is dropped.
 * A call from inside a subscriber only queues: its events follow those that are under way.
 */
export class Outbox {
  readonly #emit: (event: ChainEvent) => void;
  readonly #waiting = new Deque<Telling>();
  #state: "held" | "open" | "closed" = "held";
  #isLeaving = false;
  #openCalls = 0;

  constructor(emit: (event: ChainEvent) => void) {
    this.#emit = emit;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  say(telling: Telling): void {
    if (this.#state === "closed") return;
    this.#waiting.push(telling);
    if (this.#openCalls === 0) this.#leave();
  }

  /** Holds what is said within until all of it has been said. */
  together<Result>(run: () => Result): Result {
    this.#openCalls += 1;
    try {
      return run();
    } finally {
      this.#openCalls -= 1;
      if (this.#openCalls === 0) this.#leave();
    }
  }

  release(): void {
    if (this.#state === "held") this.#state = "open";
    this.#leave();
  }

  close(): void {
    this.#state = "closed";
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    try {
      while (this.#state === "open") {
        const telling = this.#waiting.shift();
        if (telling === undefined) return;
        this.#emit(telling());
      }
    } finally {
      this.#isLeaving = false;
    }
  }
}
