import type { SchedulerLike } from "rxjs";
import { errorCode, errorMessage } from "../../../errors.js";
import type { Logger } from "../../../log.js";

const QUIET_MS = 60_000;
const MOST_CAUSES = 32;

/** Nothing can be kept any more: trying again would fail each time. */
const finalCodes: readonly string[] = ["DEVNET_STORE_FULL", "DEVNET_STORE_FAILED", "CHAIN_SOURCE_CLOSED"];

/**
 * What becomes of an action that failed: one line per cause and minute, with how many times it was left unsaid.
 * At most 32 causes are told apart; the oldest is forgotten.
 */
export class FailureLog {
  readonly #log: Logger;
  readonly #scheduler: SchedulerLike;
  readonly #told = new Map<string, { atMs: number; untold: number }>();

  constructor({ log, scheduler }: { log: Logger; scheduler: SchedulerLike }) {
    this.#log = log;
    this.#scheduler = scheduler;
  }

  /** @returns true when going on is of no use */
  note(error: unknown, what: string): boolean {
    const code = errorCode(error);
    const cause = `${what}: ${code ?? errorMessage(error)}`;
    const nowMs = this.#scheduler.now();
    const isFinal = code !== undefined && finalCodes.includes(code);
    const before = this.#told.get(cause);
    if (before !== undefined && nowMs - before.atMs < QUIET_MS && !isFinal) {
      before.untold += 1;
      return false;
    }
    if (before === undefined && this.#told.size >= MOST_CAUSES) {
      const [oldest = ""] = this.#told.keys();
      this.#told.delete(oldest);
    }
    this.#told.set(cause, { atMs: nowMs, untold: 0 });
    const fields = { what, code, reason: errorMessage(error), untold: before?.untold ?? 0 };
    if (isFinal) this.#log.error(fields, "the devnet's activity ends: nothing can be kept any more");
    else this.#log.info(fields, "the devnet's activity goes on without something that failed");
    return isFinal;
  }
}
