import type { SchedulerLike, Subscription } from "rxjs";

/** A peer that is silent for this many heartbeats is unresponsive. */
const SILENT_HEARTBEATS = 5;

export interface LivenessHooks {
  sendPing(nonce: number): void;
  onChange(isResponsive: boolean, silentMs: number): void;
}

/**
 * Pings a peer at each heartbeat and tells when it falls silent and when it speaks again, once each.
 * A beat that itself comes late judges nobody: this process was blocked, and what the peer sent is still unread.
 */
export class Liveness {
  readonly #scheduler: SchedulerLike;
  readonly #heartbeatMs: number;
  readonly #hooks: LivenessHooks;
  #timer: Subscription | undefined;
  #lastFrameAtMs = 0;
  #nextBeatAtMs = 0;
  #nonce = 0;
  #pingedAtMs = 0;
  #isResponsive = true;

  constructor(scheduler: SchedulerLike, heartbeatMs: number, hooks: LivenessHooks) {
    this.#scheduler = scheduler;
    this.#heartbeatMs = heartbeatMs;
    this.#hooks = hooks;
  }

  start(): void {
    this.#lastFrameAtMs = this.#scheduler.now();
    this.#scheduleBeat();
  }

  /** Any frame counts as life. */
  noteFrame(): void {
    this.#lastFrameAtMs = this.#scheduler.now();
    if (this.#isResponsive || this.#timer === undefined) return;
    this.#isResponsive = true;
    this.#hooks.onChange(true, 0);
  }

  /**
   * Takes the answer to a ping.
   * @returns how long it took, or undefined when it answers none or an older one than the last
   */
  notePong(nonce: number): number | undefined {
    return nonce === this.#nonce && nonce > 0 ? this.#scheduler.now() - this.#pingedAtMs : undefined;
  }

  stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #scheduleBeat(): void {
    this.#nextBeatAtMs = this.#scheduler.now() + this.#heartbeatMs;
    this.#timer = this.#scheduler.schedule(() => this.#beat(), this.#heartbeatMs);
  }

  #beat(): void {
    const now = this.#scheduler.now();
    const silentMs = now - this.#lastFrameAtMs;
    const isLate = now - this.#nextBeatAtMs > this.#heartbeatMs / 2;
    if (this.#isResponsive && !isLate && silentMs >= SILENT_HEARTBEATS * this.#heartbeatMs) {
      this.#isResponsive = false;
      this.#hooks.onChange(false, silentMs);
    }
    this.#nonce++;
    this.#pingedAtMs = now;
    this.#hooks.sendPing(this.#nonce);
    this.#scheduleBeat();
  }
}
