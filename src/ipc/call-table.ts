import type { SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../clock.js";
import { EngineError, type WireError } from "../errors.js";
import { ipcErrors } from "./errors.js";
import type { Outcome } from "./messages.js";

interface OpenCall {
  readonly resolve: (payload: unknown) => void;
  readonly reject: (error: EngineError) => void;
  readonly release: () => void;
}

const MAX_ABANDONED = 1000;

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Calls that were sent on one connection and wait for their answers, by id. Ids count up from 1.
 * Each call ends exactly once: by its answer, its deadline, its signal, or the connection's end.
 * Bounded by the calls' deadlines and by {@link failAll}.
 */
export class CallTable {
  readonly #scheduler: SchedulerLike;
  readonly #open = new Map<number, OpenCall>();
  /** Calls that ended without their answer: it may still come, once, and is then no fault of the peer. */
  readonly #abandoned = new Set<number>();
  #lastId = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  get openCalls(): number {
    return this.#open.size;
  }

  /**
   * Opens a call and lets `send` write it under its id.
   * @throws DEADLINE, CONNECTION_CLOSED, the peer's own error, or the signal's reason
   */
  call(name: string, options: CallOptions, send: (id: number) => void): Promise<unknown> {
    const { signal, timeoutMs } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#lastId++;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      let timer: Subscription | undefined;
      const onAbort = () => {
        this.#abandon(id);
        reject(signal?.reason);
      };
      const release = () => {
        timer?.unsubscribe();
        signal?.removeEventListener("abort", onAbort);
      };
      this.#open.set(id, { resolve, reject, release });
      signal?.addEventListener("abort", onAbort, { once: true });
      timer = deadline(this.#scheduler, timeoutMs, () => {
        this.#abandon(id);
        reject(ipcErrors.DEADLINE({ call: name, timeoutMs }, { retryable: true }));
      });
      try {
        send(id);
      } catch (error) {
        this.#take(id);
        reject(error);
      }
    });
  }

  /** @returns false when no answer of that id is due: the call was never made, or was answered before. */
  settle(id: number, outcome: Outcome): boolean {
    const open = this.#take(id);
    if (open === undefined) return this.#abandoned.delete(id);
    if (outcome.ok) open.resolve(outcome.payload);
    else open.reject(errorFromWire(outcome.error));
    return true;
  }

  failAll(reason: string): void {
    for (const id of [...this.#open.keys()])
      this.#take(id)?.reject(ipcErrors.CONNECTION_CLOSED({ reason }, { retryable: true }));
  }

  #abandon(id: number): void {
    this.#take(id);
    this.#abandoned.add(id);
    // The oldest is forgotten: after a thousand calls its answer will hardly come.
    for (const oldest of this.#abandoned) {
      if (this.#abandoned.size <= MAX_ABANDONED) break;
      this.#abandoned.delete(oldest);
    }
  }

  #take(id: number): OpenCall | undefined {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.release();
    return open;
  }
}

/** Errors that came over the wire: a peer may use any code, also one of this end's own. */
const fromPeer = new WeakSet<object>();

export function errorFromWire({ code, message, details, retryable }: WireError): EngineError {
  const error = new EngineError(code, message, details, { retryable });
  fromPeer.add(error);
  return error;
}

/** Whether the peer answered with this error; false for one that this end made: a deadline, a lost connection. */
export function isFromPeer(error: unknown): error is EngineError {
  return error instanceof EngineError && fromPeer.has(error);
}

export function errorToWire(error: EngineError): WireError {
  const { code, message, details, retryable } = error;
  return details === undefined ? { code, message, retryable } : { code, message, details, retryable };
}
