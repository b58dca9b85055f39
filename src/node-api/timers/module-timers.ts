import type { SchedulerLike, Subscription } from "rxjs";
import { errorCode } from "../../errors.js";
import { ipcErrors } from "../../ipc/index.js";
import type { Logger } from "../../log.js";
import type { Caller } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";

/** Timers and tasks of one module together. */
const MAX_TIMERS = 100;
/** A call waits for its answer as long as a timer of the platform can: it says itself when it is done. */
const ANSWER_TIMEOUT_MS = 2 ** 31 - 1;
/** A call that is out for longer than this is told in the log, once for each timer. */
const SLOW_ANSWER_MS = 30_000;
/** Reading two clocks one after the other differs by less; a wall clock that was set differs by more. */
const CLOCK_NOISE_MS = 2;

export interface TimerDependencies {
  /** Monotonic. */
  readonly scheduler: SchedulerLike;
  /** Unix time in milliseconds, told to modules and used for nothing else. */
  readonly unixNow: () => number;
  readonly log: Logger;
}

interface Timer {
  readonly id: number;
  readonly kind: "timer" | "task";
  readonly startMs: number;
  readonly intervalMs: number;
  /** Which multiple of the interval comes next. */
  nextTick: number;
  /** From monotonic to unix time, as it was when the timer last looked. */
  unixOffsetMs: number;
  calledAtMs: number;
  wasTold: boolean;
  waiting: Subscription | undefined;
}

/**
 * The timers and tasks of one connection of a module, each told by `timer` invocations.
 *
 * - Order: a timer is due at its registration plus n times its interval, by the monotonic clock; late ticks and a wall
 *   clock that is set shift none of the later ones. A call is never early.
 * - Loss: a tick that comes due while the timer's last call is unanswered is left out, and of the ticks that this
 *   process slept through only the last is called. Nothing is called later in their stead.
 * - Limits: 100 timers and tasks. One whose call is unanswered keeps its place after it was cancelled or done, so that
 *   a module that answers nothing, or reads nothing, has at most 100 calls waiting.
 */
export class ModuleTimers {
  readonly #caller: Pick<Caller, "invoke" | "moduleName">;
  readonly #deps: TimerDependencies;
  readonly #timers = new Map<number, Timer>();
  /** Ids of the timers whose call is unanswered, cancelled ones and finished tasks included. */
  readonly #out = new Set<number>();
  #lastId = 0;
  #isClosed = false;

  constructor(caller: Pick<Caller, "invoke" | "moduleName">, deps: TimerDependencies) {
    this.#caller = caller;
    this.#deps = deps;
  }

  /** Timers and tasks that take up a place. */
  get size(): number {
    return new Set([...this.#timers.keys(), ...this.#out]).size;
  }

  /** Calls the module at each multiple of the interval from now on. @throws LIMIT */
  every(intervalMs: number): number {
    return this.#add("timer", intervalMs);
  }

  /** Calls the module once. @throws LIMIT */
  once(delayMs: number): number {
    return this.#add("task", delayMs);
  }

  /** No call is made any more; one that is out stays out. @throws UNKNOWN_TIMER for one that is done as well */
  cancel(id: number): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) throw nodeApiErrors.UNKNOWN_TIMER({ id, active: this.#timers.size });
    timer.waiting?.unsubscribe();
    this.#timers.delete(id);
  }

  /** Ends all of them. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.waiting?.unsubscribe();
    this.#timers.clear();
  }

  #add(kind: Timer["kind"], intervalMs: number): number {
    const found = this.size + 1;
    if (found > MAX_TIMERS) {
      throw ipcErrors.LIMIT({ what: "number of timers and tasks", found, limit: MAX_TIMERS });
    }
    this.#lastId++;
    const startMs = this.#deps.scheduler.now();
    const timer: Timer = {
      id: this.#lastId,
      kind,
      startMs,
      intervalMs,
      nextTick: 1,
      unixOffsetMs: this.#deps.unixNow() - startMs,
      calledAtMs: startMs,
      wasTold: false,
      waiting: undefined,
    };
    if (this.#isClosed) return timer.id;
    this.#timers.set(timer.id, timer);
    this.#await(timer);
    return timer.id;
  }

  #await(timer: Timer): void {
    const dueMs = timer.startMs + timer.nextTick * timer.intervalMs;
    const { scheduler } = this.#deps;
    const delayMs = Math.max(0, Math.ceil(dueMs - scheduler.now()));
    timer.waiting = scheduler.schedule(() => this.#tick(timer), delayMs);
  }

  #tick(timer: Timer): void {
    const nowMs = this.#deps.scheduler.now();
    const { startMs, intervalMs, nextTick } = timer;
    // Timers of the platform may fire a fraction of a millisecond early.
    if (nowMs < startMs + nextTick * intervalMs) return this.#await(timer);
    const tick = timer.kind === "task" ? 1 : Math.max(nextTick, Math.floor((nowMs - startMs) / intervalMs));
    timer.nextTick = tick + 1;
    if (timer.kind === "task") this.#timers.delete(timer.id);
    else this.#await(timer);
    if (this.#out.has(timer.id)) this.#noteLeftOut(timer, nowMs);
    else void this.#call(timer, startMs + tick * intervalMs, nowMs);
  }

  async #call(timer: Timer, dueMs: number, nowMs: number): Promise<void> {
    const { id, kind } = timer;
    timer.calledAtMs = nowMs;
    this.#out.add(id);
    try {
      const payload = { timer_id: id, due_ms: this.#unixTime(timer, dueMs), kind };
      await this.#caller.invoke("timer", payload, ANSWER_TIMEOUT_MS);
    } catch (error) {
      this.#tellOnce(timer, { code: errorCode(error) }, `the module failed to serve its ${kind}`);
    } finally {
      this.#out.delete(id);
    }
  }

  /** In unix time as the wall clock has it now; steps between ticks are exact while nobody sets it. */
  #unixTime(timer: Timer, dueMs: number): number {
    const offsetMs = this.#deps.unixNow() - this.#deps.scheduler.now();
    if (Math.abs(offsetMs - timer.unixOffsetMs) > CLOCK_NOISE_MS) timer.unixOffsetMs = offsetMs;
    return Math.max(0, Math.round(dueMs + timer.unixOffsetMs));
  }

  #noteLeftOut(timer: Timer, nowMs: number): void {
    const unansweredMs = Math.round(nowMs - timer.calledAtMs);
    if (unansweredMs >= SLOW_ANSWER_MS) {
      this.#tellOnce(timer, { unansweredMs }, "a timer rests until the module answers its last call");
    }
  }

  #tellOnce(timer: Timer, about: object, message: string): void {
    if (timer.wasTold || this.#isClosed) return;
    timer.wasTold = true;
    this.#deps.log.warn({ module: this.#caller.moduleName, timer_id: timer.id, ...about }, message);
  }
}
