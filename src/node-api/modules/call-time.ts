import type { SchedulerLike } from "rxjs";
import { deadline } from "../../clock.js";
import type { EngineError } from "../../errors.js";
import { ipcErrors } from "../../ipc/index.js";
import { nodeApiErrors } from "../errors.js";

/** How long one call may take: its own time, or what is left to the call that it is made in. */
export class CallTime {
  readonly dueAtMs: number;
  readonly #scheduler: SchedulerLike;
  readonly #allowedMs: number;
  readonly #isInherited: boolean;

  constructor(scheduler: SchedulerLike, timeoutMs: number, outerDueAtMs: number) {
    const nowMs = scheduler.now();
    this.#scheduler = scheduler;
    this.#isInherited = outerDueAtMs < nowMs + timeoutMs;
    this.dueAtMs = this.#isInherited ? outerDueAtMs : nowMs + timeoutMs;
    this.#allowedMs = Math.max(0, Math.round(this.dueAtMs - nowMs));
  }

  /** Whole milliseconds that are left, at least 1. @throws DEADLINE, TIMEOUT when none are */
  requireLeftMs(module: string, method: string): number {
    const leftMs = this.dueAtMs - this.#scheduler.now();
    if (leftMs <= 0) throw this.overdue(module, method);
    return Math.max(1, Math.floor(leftMs));
  }

  /** DEADLINE when the time was inherited, TIMEOUT when it was the call's own. */
  overdue(module: string, method: string): EngineError {
    return this.#isInherited
      ? ipcErrors.DEADLINE({ call: `${method} of ${module}`, timeoutMs: this.#allowedMs })
      : nodeApiErrors.TIMEOUT({ module, method, timeoutMs: this.#allowedMs }, { retryable: true });
  }

  /** A signal that is aborted when `limitMs` or this time are over, or with the given one. Release it. */
  limit(
    limitMs: number,
    signal: AbortSignal,
  ): { readonly signal: AbortSignal; readonly release: () => void } {
    const abort = new AbortController();
    const end = () => abort.abort();
    const leftMs = Math.max(0, Math.min(limitMs, this.dueAtMs - this.#scheduler.now()));
    const timer = deadline(this.#scheduler, leftMs, end);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    const release = () => {
      timer.unsubscribe();
      signal.removeEventListener("abort", end);
    };
    return { signal: abort.signal, release };
  }
}
