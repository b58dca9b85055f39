import type { SchedulerLike, Subscription } from "rxjs";
import type { HandlerTimings } from "../ipc/index.js";

/** Each acknowledgement wakes the host and delays the events that are on their way then; nobody waits for one sooner. */
const MAX_ACK_DELAY_MS = 20;
/** From then on one leaves with the end of a batch: the process is awake, and nothing is waiting to be handled. */
const ACK_AFTER_BATCH_MS = 15;

/**
 * Decides when an acknowledgement leaves: when a quarter of the window (at least one) is handled and not acknowledged,
 * at the end of a batch 15 ms after the first such event, or by itself after 20 ms. While events keep coming it so rides
 * on their wake-ups; a timer would ring just when the next ones arrive. Acknowledgements are cumulative and never go back.
 *
 * @see delivery.md, "Acknowledgement"
 */
export class AckPacer {
  readonly #threshold: number;
  readonly #scheduler: SchedulerLike;
  readonly #send: (seq: number, timings: HandlerTimings | undefined) => void;
  readonly #defer: (work: () => void) => void;
  #timings: Record<string, [number, number, number]> | undefined;
  #handledSeq = 0;
  #unacknowledged = 0;
  /** When the oldest unacknowledged event was handled. */
  #waitingSinceMs = 0;
  #timer: Subscription | undefined;
  #isEndAwaited = false;
  #isClosed = false;

  constructor(
    window: number,
    withTimings: boolean,
    scheduler: SchedulerLike,
    send: (seq: number, timings: HandlerTimings | undefined) => void,
    /** Runs work when the batch that is being handled is through; at once, by default. */
    defer: (work: () => void) => void = (work) => work(),
  ) {
    this.#threshold = Math.max(1, Math.floor(window / 4));
    this.#timings = withTimings ? {} : undefined;
    this.#scheduler = scheduler;
    this.#send = send;
    this.#defer = defer;
  }

  get wantsTimings(): boolean {
    return this.#timings !== undefined;
  }

  /** One handler run of an event of this type took this long. */
  noteHandlerTime(type: string, durationMs: number): void {
    if (this.#timings === undefined) return;
    const durationUs = Math.round(durationMs * 1000);
    const known = this.#timings[type];
    if (known === undefined) {
      this.#timings[type] = [1, durationUs, durationUs];
      return;
    }
    known[0]++;
    known[1] += durationUs;
    if (durationUs > known[2]) known[2] = durationUs;
  }

  noteHandled(seq: number, deliveries: number): void {
    if (this.#unacknowledged === 0) this.#waitingSinceMs = this.#scheduler.now();
    this.#handledSeq = seq;
    this.#unacknowledged += deliveries;
    if (this.#unacknowledged >= this.#threshold) this.flush();
    else if (!this.#isEndAwaited) {
      this.#isEndAwaited = true;
      this.#defer(this.#endBatch);
    }
  }

  /** Sends what is handled and not acknowledged, now. */
  flush(): void {
    if (this.#unacknowledged === 0 || this.#isClosed) return;
    this.#unacknowledged = 0;
    const timings = this.#timings;
    if (timings !== undefined) this.#timings = {};
    this.#send(this.#handledSeq, timings);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
  }

  /** A batch that ended in an acknowledgement needs no timer, and at a high rate most do. */
  readonly #endBatch = (): void => {
    this.#isEndAwaited = false;
    if (this.#unacknowledged === 0) return;
    if (this.#scheduler.now() - this.#waitingSinceMs >= ACK_AFTER_BATCH_MS) this.flush();
    else if (this.#timer === undefined) this.#startClock();
  };

  /** From now on what is not acknowledged leaves by itself, 20 ms after it was handled. */
  readonly #startClock = (): void => {
    this.#timer = undefined;
    if (this.#unacknowledged === 0 || this.#isClosed) return;
    const leftMs = this.#waitingSinceMs + MAX_ACK_DELAY_MS - this.#scheduler.now();
    if (leftMs <= 0) this.flush();
    else this.#timer = this.#scheduler.schedule(this.#startClock, leftMs);
  };
}
