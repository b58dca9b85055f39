import type { Duplex } from "node:stream";

/** What one peer may keep this process busy with before the others have their turn. */
const TURN_MS = 1;
const SLICE_BYTES = 4 * 1024;
/** A chunk of this size has more behind it. */
const LARGE_CHUNK_BYTES = 32 * 1024;

/**
 * Hands on what one peer sends so that a flood of it doesn't keep the other peers of this process waiting: a chunk goes
 * on slice by slice, and what a turn of the event loop leaves over follows in the next, before anything newer is read.
 *
 * Bytes keep their order and none is lost: at most one chunk waits here, and {@link finish} hands it on.
 */
export class FairReader {
  readonly #socket: Duplex;
  readonly #take: (bytes: Uint8Array) => void;
  #rest: Uint8Array | undefined;
  #isClosed = false;

  constructor(socket: Duplex, take: (bytes: Uint8Array) => void) {
    this.#socket = socket;
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length <= SLICE_BYTES) {
      this.#take(chunk);
      return;
    }
    this.#rest = chunk;
    this.#handOn(TURN_MS);
    if (this.#rest === undefined && chunk.length < LARGE_CHUNK_BYTES) return;
    this.#socket.pause();
    setImmediate(this.#goOn);
  }

  /** Hands on what waits, at once: nothing more will come. */
  finish(): void {
    this.#handOn(Number.POSITIVE_INFINITY);
  }

  /** Drops what waits. */
  close(): void {
    this.#isClosed = true;
    this.#rest = undefined;
  }

  #handOn(budgetMs: number): void {
    const endMs = performance.now() + budgetMs;
    do {
      const bytes = this.#rest;
      if (bytes === undefined) return;
      this.#rest = bytes.length > SLICE_BYTES ? bytes.subarray(SLICE_BYTES) : undefined;
      this.#take(bytes.subarray(0, SLICE_BYTES));
    } while (performance.now() < endMs);
  }

  readonly #goOn = (): void => {
    this.#handOn(TURN_MS);
    if (this.#rest !== undefined) setImmediate(this.#goOn);
    else if (!this.#isClosed && !this.#socket.destroyed) this.#socket.resume();
  };
}
