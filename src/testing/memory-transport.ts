import { type Observable, type SchedulerLike, Subject } from "rxjs";
import type { Transport } from "../ipc/index.js";

interface Written {
  readonly bytes: Uint8Array;
  readonly done: () => void;
}

/**
 * One end of a byte stream in memory. What is written here is read at the other end in the same instant of the
 * scheduler, in order, in the batches of the writer; while the other end doesn't read, it waits here without limit.
 */
export class MemoryTransport implements Transport {
  readonly #scheduler: SchedulerLike;
  readonly #incoming = new Subject<Uint8Array>();
  #peer: MemoryTransport | undefined;
  #written: Written[] = [];
  #unsentBytes = 0;
  #isReading = true;
  #isEnding = false;
  #isClosed = false;

  private constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Two ends of one stream. */
  static pair(scheduler: SchedulerLike): readonly [MemoryTransport, MemoryTransport] {
    const one = new MemoryTransport(scheduler);
    const other = new MemoryTransport(scheduler);
    one.#peer = other;
    other.#peer = one;
    return [one, other];
  }

  get chunks$(): Observable<Uint8Array> {
    return this.#incoming.asObservable();
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  write(chunks: readonly Uint8Array[], done: () => void): void {
    if (this.#isClosed || this.#isEnding) return;
    const bytes = Buffer.concat(chunks);
    this.#written.push({ bytes, done });
    this.#unsentBytes += bytes.length;
    this.#scheduler.schedule(() => this.#carry());
  }

  end(): void {
    this.#isEnding = true;
    this.#scheduler.schedule(() => this.#carry());
  }

  /** Drops what the other end has not read; it then sees the end of the stream. */
  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#written = [];
    this.#unsentBytes = 0;
    this.#scheduler.schedule(() => {
      this.#incoming.complete();
      if (this.#peer !== undefined) this.#peer.#incoming.complete();
    });
  }

  /** Stops reading at this end, as a process does that is stopped by a signal. */
  pause(): void {
    this.#isReading = false;
  }

  resume(): void {
    this.#isReading = true;
    this.#scheduler.schedule(() => {
      if (this.#peer !== undefined) this.#peer.#carry();
    });
  }

  #carry(): void {
    const peer = this.#peer;
    if (peer === undefined) return;
    while (peer.#isReading && !this.#isClosed) {
      const next = this.#written.shift();
      if (next === undefined) break;
      this.#unsentBytes -= next.bytes.length;
      next.done();
      peer.#incoming.next(next.bytes);
    }
    if (this.#isEnding && this.#written.length === 0) peer.#incoming.complete();
  }
}
