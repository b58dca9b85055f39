import { z } from "zod";
import { errorMessage } from "../errors.js";
import type { ModuleLog } from "./module-log.js";

export interface StopDeadline {
  readonly reason: "shutdown" | "unload" | "reload";
  /** Milliseconds that are left, of those that the host granted. */
  readonly remainingMs: () => number;
  /** Aborted when the time is up. */
  readonly signal: AbortSignal;
}

export type StopHandler = (deadline: StopDeadline) => unknown;

export interface StopSequenceDependencies {
  /** Everything that was received is handled. */
  readonly isIdle: () => boolean;
  readonly flush: () => void;
  readonly close: () => Promise<void>;
  readonly log: ModuleLog;
}

const stopRequest = z.object({
  reason: z.enum(["shutdown", "unload", "reload"]).catch("unload"),
  deadline_ms: z.number().nonnegative().catch(5000),
});
const IDLE_CHECK_MS = 2;
/** Timers take whole milliseconds, and no more of them than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * What a module does when the host asks it to stop: finish the deliveries that it has (at most half of the time),
 * run the stop handlers one after another, answer, close. A handler that throws is logged and holds up nothing.
 */
export class StopSequence {
  readonly #deps: StopSequenceDependencies;
  readonly #handlers: StopHandler[] = [];

  constructor(deps: StopSequenceDependencies) {
    this.#deps = deps;
  }

  add(handler: StopHandler): void {
    this.#handlers.push(handler);
  }

  async run(payload: unknown): Promise<null> {
    const { reason, deadline_ms: deadlineMs } = stopRequest.parse(payload ?? {});
    const endMs = performance.now() + deadlineMs;
    const signal = AbortSignal.timeout(Math.min(Math.ceil(deadlineMs), MAX_TIMER_MS));
    const deadline = { reason, signal, remainingMs: () => Math.max(0, endMs - performance.now()) };
    await this.#drain(deadlineMs / 2);
    for (const handler of this.#handlers) {
      try {
        await Promise.race([handler(deadline), aborted(signal)]);
      } catch (error) {
        this.#deps.log.error("a stop handler failed", { error: errorMessage(error) });
      }
    }
    this.#deps.flush();
    // The answer leaves with the turn in which this promise settles; the connection closes after it.
    setImmediate(() => setImmediate(() => void this.#deps.close()));
    return null;
  }

  async #drain(atMostMs: number): Promise<void> {
    const endMs = performance.now() + atMostMs;
    while (!this.#deps.isIdle() && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, IDLE_CHECK_MS));
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
