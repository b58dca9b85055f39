import type { Frame } from "./frame-slab.js";
import type { Transport } from "./transport.js";

/** Above this many unsent bytes the peer counts as not reading. */
const DEMAND_BYTES = 64 * 1024;
/** What a write that waits costs beside its bytes: the objects that stand for it, here and in the socket. */
const WRITE_BYTES = 512;
/** Of so many bytes a copy costs more than a further piece in a write. */
const LARGE_BYTES = 16 * 1024;

export interface FrameWriterHooks {
  /** Called before anything but an event is appended, so that events that came before can be. */
  beforeMessage?: () => void;
  /** Called before each write, so that whoever holds frames back can add them. */
  beforeFlush?: () => void;
  /** Called when a batch left this process, with the highest seq in it (0 without events). */
  afterWrite?: (lastSeq: number) => void;
  /** Told of each write how much it holds. */
  onBatch?: (frames: number, bytes: number) => void;
}

/**
 * The write side of a connection. Frames leave in the order in which they were appended; frames that lie side by side
 * in a slab leave as one slice; everything appended in one turn of the event loop leaves in one write.
 * It holds no limit of its own: events are bounded by their pipeline, answers by {@link unreadAnswerBytes}.
 */
export class FrameWriter {
  readonly hooks: FrameWriterHooks = {};
  readonly #transport: Transport;
  readonly #schedule: (flush: () => void) => void;
  #slices: Uint8Array[] = [];
  #cutBytes = 0;
  /** Appended since the last write. */
  #frames = 0;
  /** The slice that still grows: `#bytes[#start..#end)`. */
  #bytes: Uint8Array | undefined;
  #start = 0;
  #end = 0;
  #answerBytes = 0;
  #unreadAnswerBytes = 0;
  #unsentWrites = 0;
  #lastSeq = 0;
  #isScheduled = false;
  #isClosed = false;

  constructor(transport: Transport, schedule: (flush: () => void) => void) {
    this.#transport = transport;
    this.#schedule = schedule;
  }

  /** False while the peer leaves more than 64 KiB unread in this process. */
  get hasDemand(): boolean {
    return this.unsentBytes < DEMAND_BYTES;
  }

  /** Bytes that were appended and have not left this process. */
  get unsentBytes(): number {
    return this.#cutBytes + this.#end - this.#start + this.#transport.unsentBytes;
  }

  /** The same with what its writes cost, each {@link WRITE_BYTES}: many small ones hold more memory than their bytes. */
  get heldBytes(): number {
    return this.unsentBytes + this.#unsentWrites * WRITE_BYTES;
  }

  /** True while nothing of earlier turns waits in this process: the peer reads, or has room for more. */
  get isDrained(): boolean {
    return this.#transport.unsentBytes === 0;
  }

  /**
   * Bytes of answers of earlier turns that still wait in this process because the peer doesn't read, {@link WRITE_BYTES}
   * for each write of theirs included.
   */
  get unreadAnswerBytes(): number {
    return this.#unreadAnswerBytes;
  }

  /** The same, with the answers of this turn. */
  get waitingAnswerBytes(): number {
    return this.#unreadAnswerBytes + this.#answerBytes;
  }

  append(frame: Frame): void {
    this.hooks.beforeMessage?.();
    this.#frames++;
    this.#add(frame);
    this.requestFlush();
  }

  /** Appends and writes at once, with everything that was appended before. */
  send(frame: Frame): void {
    this.hooks.beforeMessage?.();
    this.#frames++;
    this.#add(frame);
    this.flush();
  }

  /** One event's frame, or those of so many that lie in one piece; `seq` is that of the last. */
  appendEvent(frame: Frame, seq: number, events = 1): void {
    this.#lastSeq = seq;
    this.#frames += events;
    // The whole way of most events: a neighbour of what leaves with the flush that is due anyway.
    if (frame.bytes === this.#bytes && frame.start === this.#end && this.#isScheduled) {
      this.#end = frame.end;
    } else {
      this.#add(frame);
      this.requestFlush();
    }
  }

  /** @returns what it adds to {@link waitingAnswerBytes} */
  appendAnswer(frame: Frame): number {
    const bytes = frame.end - frame.start + (this.#answerBytes === 0 ? WRITE_BYTES : 0);
    this.#answerBytes += bytes;
    this.append(frame);
    return bytes;
  }

  requestFlush(): void {
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      // What the hook appends during this flush leaves with it, so it must not schedule another.
      this.flush();
      this.#isScheduled = false;
    });
  }

  /** Writes what was appended, now. */
  flush(): void {
    if (this.#isClosed) return;
    this.hooks.beforeFlush?.();
    this.#cutSlice();
    if (this.#slices.length === 0) return;
    // Behind bytes that the peer leaves unread these may wait for long: then they must not keep whole slabs alive.
    const slices = this.#transport.unsentBytes > 0 ? withoutNeighbours(this.#slices) : this.#slices;
    const answerBytes = this.#answerBytes;
    const lastSeq = this.#lastSeq;
    this.hooks.onBatch?.(this.#frames, this.#cutBytes);
    this.#slices = [];
    this.#frames = 0;
    this.#cutBytes = 0;
    this.#answerBytes = 0;
    this.#unreadAnswerBytes += answerBytes;
    this.#unsentWrites++;
    this.#transport.write(slices, () => {
      this.#unsentWrites--;
      this.#unreadAnswerBytes -= answerBytes;
      this.hooks.afterWrite?.(lastSeq);
    });
  }

  /** Drops what was not written. Later calls do nothing. */
  close(): void {
    this.#isClosed = true;
    this.#slices = [];
    this.#bytes = undefined;
  }

  #add(frame: Frame): void {
    if (this.#isClosed) return;
    if (frame.bytes === this.#bytes && frame.start === this.#end) this.#end = frame.end;
    else {
      this.#cutSlice();
      this.#bytes = frame.bytes;
      this.#start = frame.start;
      this.#end = frame.end;
    }
  }

  #cutSlice(): void {
    if (this.#bytes === undefined) return;
    this.#slices.push(this.#bytes.subarray(this.#start, this.#end));
    this.#cutBytes += this.#end - this.#start;
    this.#bytes = undefined;
    this.#start = 0;
    this.#end = 0;
  }
}

/** The same bytes without those that would be kept alive with them: in one piece, unless large data stands alone. */
function withoutNeighbours(slices: readonly Uint8Array[]): readonly Uint8Array[] {
  const standsAlone = (slice: Uint8Array) =>
    slice.length >= LARGE_BYTES && slice.length === slice.buffer.byteLength;
  if (!slices.some(standsAlone)) return [inOnePiece(slices)];
  return slices.map((slice) => (standsAlone(slice) ? slice : new Uint8Array(slice)));
}

/** A copy in bytes of its own size: `Buffer.concat` would take them from a pool, which a few bytes keep alive whole. */
function inOnePiece(slices: readonly Uint8Array[]): Uint8Array {
  const piece = Buffer.allocUnsafeSlow(slices.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const slice of slices) {
    piece.set(slice, at);
    at += slice.length;
  }
  return piece;
}
