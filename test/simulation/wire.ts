import { Subject } from "rxjs";
import type { Transport } from "../../src/ipc/index.js";
import { ByteQueue } from "./byte-queue.js";

interface Batch {
  readonly bytes: Uint8Array;
  readonly done: () => void;
  /** How many of its bytes already lie in the socket. */
  left: number;
}

/**
 * One connection in memory, as two processes and a kernel make it: what the host writes waits in its own memory until
 * the socket has room, and lies in the socket until the module reads. Nothing moves unless it is told to.
 *
 * ```
 *   host ──write──► batches ──leave──► socket (socketBytes) ──arrive──► module
 *   host ◄─────────────────carryUp────────────────── socket ◄──write── module
 * ```
 */
export class Wire {
  readonly hostTransport: Transport;
  readonly moduleTransport: Transport;
  #isStalled = false;
  #isHeld = false;
  #socketBytes: number;
  readonly #toHost = new Subject<Uint8Array>();
  readonly #toModule = new Subject<Uint8Array>();
  readonly #batches: Batch[] = [];
  readonly #down = new ByteQueue();
  readonly #up = new ByteQueue();
  #unsentBytes = 0;
  #hostEnded = false;
  #moduleEnded = false;
  #isBroken = false;
  #hostSawEnd = false;
  #moduleSawEnd = false;

  constructor(socketBytes: number) {
    this.#socketBytes = socketBytes;
    const unsentBytes = () => this.#unsentBytes;
    this.hostTransport = {
      chunks$: this.#toHost,
      get unsentBytes() {
        return unsentBytes();
      },
      write: (chunks, done) => this.#writeDown(chunks, done),
      end: () => {
        this.#hostEnded = true;
      },
      destroy: () => {
        this.#hostEnded = true;
      },
    };
    this.moduleTransport = {
      chunks$: this.#toModule,
      unsentBytes: 0,
      write: (chunks, done) => {
        if (this.#moduleEnded || this.#isBroken) return;
        for (const chunk of chunks) this.#up.push(chunk);
        done();
      },
      end: () => {
        this.#moduleEnded = true;
      },
      destroy: () => {
        this.#moduleEnded = true;
      },
    };
  }

  /** The peer is gone: what the host writes is lost. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  get upBytes(): number {
    return this.#up.size;
  }

  /** Bytes of the first batch that the host wrote and that waits, 0 when none does. */
  get firstBatchBytes(): number {
    return this.#batches[0]?.bytes.length ?? 0;
  }

  get batches(): number {
    return this.#batches.length;
  }

  /** Whether the module reads. */
  set isStalled(isStalled: boolean) {
    this.#isStalled = isStalled && !this.#isBroken;
  }

  /** Whether what the module writes stays in its own memory. */
  set isHeld(isHeld: boolean) {
    this.#isHeld = isHeld && !this.#isBroken;
  }

  /** Nothing is slow any more: neither side holds back, and the socket takes whatever is written. */
  widen(): void {
    this.#isStalled = false;
    this.#isHeld = false;
    this.#socketBytes = Number.POSITIVE_INFINITY;
  }

  /** Moves the host's first batch on as far as the socket has room; true when all of it left the host. */
  leaveOne(): boolean {
    const batch = this.#batches[0];
    if (batch === undefined || this.#isBroken) return false;
    const room = this.#socketBytes - this.#down.size;
    const moved = Math.min(room, batch.bytes.length - batch.left);
    this.#down.push(batch.bytes.subarray(batch.left, batch.left + moved));
    batch.left += moved;
    if (batch.left < batch.bytes.length) return false;
    this.#batches.shift();
    this.#unsentBytes -= batch.bytes.length;
    batch.done();
    return true;
  }

  /**
   * Gives the module what lies in the socket, at most `max` bytes of it, and then the end of the stream.
   * @returns whether it was given anything.
   */
  arrive(max: number, before: (chunk: Uint8Array) => void): boolean {
    if (this.#isStalled || this.#moduleSawEnd) return false;
    const hasBytes = this.#down.size > 0 && max > 0;
    if (hasBytes) {
      const chunk = this.#down.take(max);
      before(chunk);
      this.#toModule.next(chunk);
    }
    const isOver = this.#isBroken || (this.#hostEnded && this.#batches.length === 0);
    if (!isOver || this.#down.size > 0) return hasBytes;
    this.#moduleSawEnd = true;
    this.#toModule.complete();
    return true;
  }

  /** What of the module's bytes can reach the host now, at most `max`. */
  takeUp(max: number): Uint8Array | undefined {
    if (this.#isHeld || this.#hostSawEnd || this.#up.size === 0 || max <= 0) return undefined;
    return this.#up.take(max);
  }

  giveUp(chunk: Uint8Array): void {
    this.#toHost.next(chunk);
  }

  /** Tells the host of the end of the stream once it has read everything; true when it was told now. */
  endUp(): boolean {
    const isOver = this.#isBroken || this.#moduleEnded;
    if (this.#isHeld || this.#hostSawEnd || !isOver || this.#up.size > 0) return false;
    this.#hostSawEnd = true;
    this.#toHost.complete();
    return true;
  }

  /** Bytes that the module writes beside its own protocol end, between two of its frames. */
  forge(bytes: Uint8Array): void {
    if (!this.#moduleEnded && !this.#isBroken) this.#up.push(bytes);
  }

  /** Both directions end; of what the module wrote last, `lostBytes` never arrive. */
  break(lostBytes: number): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#up.dropTail(this.#isHeld ? this.#up.size : lostBytes);
    this.#isHeld = false;
    this.#isStalled = false;
    this.#batches.length = 0;
    this.#down.clear();
  }

  /** The module's process is gone: it reads nothing more. */
  kill(lostBytes: number): void {
    this.#moduleSawEnd = true;
    this.break(lostBytes);
  }

  #writeDown(chunks: readonly Uint8Array[], done: () => void): void {
    if (this.#hostEnded || this.#isBroken) return;
    const bytes = Uint8Array.from(Buffer.concat(chunks));
    this.#batches.push({ bytes, done, left: 0 });
    this.#unsentBytes += bytes.length;
  }
}
