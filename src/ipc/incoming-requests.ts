import { setMaxListeners } from "node:events";
import { Deque } from "../deque.js";
import { EngineError, withoutStack } from "../errors.js";
import { errorToWire } from "./call-table.js";
import { ipcErrors } from "./errors.js";
import type { Outcome } from "./messages.js";
import { RateLimiter } from "./rate-limiter.js";

/** One request of a module. Exactly one of `answer` and `refuse` is called, once; later calls do nothing. */
export interface IncomingRequest {
  readonly type: string;
  readonly payload: unknown;
  /** Aborted when the connection closes: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Large data is borrowed until it left this process: it must not be changed later. */
  answer(payload: unknown): void;
  refuse(error: EngineError): void;
  /**
   * Runs `start` when a large answer may be made: at once, or when those before it are made and read. For requests whose
   * answers take megabytes, so that a module that asks for many and reads none can't fill the memory.
   */
  whenRoom(start: () => void): void;
}

/** Of requests that are open: they wait in memory with what they bring. */
const MAX_OPEN_BYTES = 64 * 1024 * 1024;
/** Large answers that may be in the making at a time. */
const MAX_LARGE = 4;

export interface RequestLimits {
  readonly requests_per_second: number;
  readonly open_requests: number;
}

export interface RequestHooks {
  /** A request was refused over a limit, before anybody looked at it. */
  onRefused(type: string, code: string): void;
  /** Requests came to be open, or are so no longer. */
  onOpen?(change: number): void;
  /** A request was answered, with whatever outcome; one whose connection is gone may still be. */
  onAnswered?(type: string, outcome: Outcome, arrivedAtMs: number): void;
  /** Whoever serves requests threw something that is no EngineError. */
  onFailure(type: string, cause: unknown): void;
  /** Whether a request may be served now; one that may not waits for {@link IncomingRequests.resume}. */
  hasRoom(): boolean;
}

/**
 * The requests that a module sent on one connection and that are not answered yet.
 * A request beyond a limit is refused at once and changes nothing else; requests are served concurrently and
 * answered in whatever order they finish. While there is no room for answers requests wait, in their order and as open
 * ones, and are served when there is.
 *
 * @see ipc.md, "Errors"
 */
export class IncomingRequests {
  readonly #limits: RequestLimits;
  readonly #rate: RateLimiter;
  readonly #serve: (request: IncomingRequest) => void;
  readonly #send: (id: number, outcome: Outcome) => void;
  readonly #hooks: RequestHooks;
  /** By id, the bytes of each. */
  readonly #open = new Map<number, number>();
  #openBytes = 0;
  #waiting = new Deque<() => void>();
  #large = new Deque<() => void>();
  #largeInMaking = 0;
  readonly #abort = new AbortController();

  constructor(
    limits: RequestLimits,
    serve: (request: IncomingRequest) => void,
    send: (id: number, outcome: Outcome) => void,
    hooks: RequestHooks,
  ) {
    this.#limits = limits;
    this.#rate = new RateLimiter(limits.requests_per_second);
    this.#serve = serve;
    this.#send = send;
    this.#hooks = hooks;
    // Each open request may listen, and more than ten may be open.
    setMaxListeners(0, this.#abort.signal);
  }

  /** @param bytes what the request brings; one alone may bring any number */
  take(id: number, type: string, payload: unknown, nowMs: number, bytes = 0): void {
    const refusal = this.#refusal(id, nowMs, bytes);
    if (refusal !== undefined) {
      this.#hooks.onRefused(type, refusal.code);
      this.#send(id, { ok: false, error: errorToWire(refusal) });
      return;
    }
    this.#open.set(id, bytes);
    this.#openBytes += bytes;
    this.#hooks.onOpen?.(1);
    if (this.#waiting.size === 0 && this.#hooks.hasRoom()) this.#start(id, type, payload, nowMs);
    else this.#waiting.push(() => this.#start(id, type, payload, nowMs));
  }

  /** Serves what waits, as far as there is room. */
  resume(): void {
    while (this.#waiting.size > 0 && this.#hooks.hasRoom()) this.#waiting.shift()?.();
    while (this.#large.size > 0 && this.#largeInMaking < MAX_LARGE && this.#hooks.hasRoom()) {
      this.#largeInMaking++;
      this.#large.shift()?.();
    }
  }

  #start(id: number, type: string, payload: unknown, arrivedAtMs: number): void {
    let isSettled = false;
    let isLarge = false;
    const settle = (outcome: Outcome) => {
      if (isSettled) return;
      isSettled = true;
      this.#leave(id);
      this.#hooks.onAnswered?.(type, outcome, arrivedAtMs);
      if (!this.#abort.signal.aborted) this.#send(id, outcome);
      if (!isLarge) return;
      this.#largeInMaking--;
      this.resume();
    };
    const refuse = (error: EngineError) => settle({ ok: false, error: errorToWire(error) });
    try {
      this.#serve({
        type,
        payload: payload ?? {},
        signal: this.#abort.signal,
        answer: (result) => settle({ ok: true, payload: result }),
        refuse,
        whenRoom: (begin) => {
          isLarge = true;
          this.#large.push(begin);
          this.resume();
        },
      });
    } catch (cause) {
      if (cause instanceof EngineError) refuse(cause);
      else {
        this.#hooks.onFailure(type, cause);
        refuse(ipcErrors.INTERNAL_ERROR({ type }, { cause }));
      }
    }
  }

  close(): void {
    this.#hooks.onOpen?.(-this.#open.size);
    this.#open.clear();
    this.#openBytes = 0;
    this.#waiting = new Deque();
    this.#large = new Deque();
    this.#abort.abort();
  }

  #leave(id: number): void {
    this.#openBytes -= this.#open.get(id) ?? 0;
    if (this.#open.delete(id)) this.#hooks.onOpen?.(-1);
  }

  #refusal(id: number, nowMs: number, bytes: number): EngineError | undefined {
    const waitMs = this.#rate.take(nowMs);
    if (waitMs > 0) {
      const details = { limit: this.#limits.requests_per_second, retry_after_ms: Math.ceil(waitMs) };
      return withoutStack(() => ipcErrors.RATE_LIMITED(details, { retryable: true }));
    }
    if (this.#open.has(id)) return withoutStack(() => ipcErrors.DUPLICATE_ID({ id }));
    if (this.#open.size >= this.#limits.open_requests) {
      return tooMany(this.#open.size, this.#limits.open_requests, "requests");
    }
    if (this.#open.size > 0 && this.#openBytes + bytes > MAX_OPEN_BYTES) {
      return tooMany(this.#openBytes, MAX_OPEN_BYTES, "bytes of requests");
    }
    return undefined;
  }
}

function tooMany(open: number, limit: number, unit: "requests" | "bytes of requests"): EngineError {
  return withoutStack(() => ipcErrors.TOO_MANY_REQUESTS({ open, limit, unit }, { retryable: true }));
}
