import type { SchedulerLike } from "rxjs";
import { EngineError, errorCode } from "../errors.js";

/** What registering anew after a reconnect needs. */
export interface Registrar {
  readonly scheduler: SchedulerLike;
  /** Another connection was lost meanwhile: what is under way for the one before is to end. */
  readonly isStale: () => boolean;
}

const DEFAULT_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2000;

/**
 * Makes one registration on a new connection and waits where the node's limit of requests asks for it: a module may
 * have more to register than it may ask within a second. A connection that is lost again ends it quietly.
 * @throws what the node refused it with
 */
export async function renew(register: () => Promise<unknown>, registrar: Registrar): Promise<void> {
  while (!registrar.isStale()) {
    try {
      await register();
      return;
    } catch (error) {
      const code = errorCode(error);
      if (code === "CONNECTION_CLOSED") return;
      if (code !== "RATE_LIMITED" && code !== "TOO_MANY_REQUESTS") throw error;
      await pause(registrar.scheduler, waitMs(error));
    }
  }
}

function waitMs(error: unknown): number {
  const details = error instanceof EngineError ? (error.details as { retry_after_ms?: unknown }) : undefined;
  const told = details?.retry_after_ms;
  return typeof told === "number" && told > 0 ? Math.min(told, LONGEST_WAIT_MS) : DEFAULT_WAIT_MS;
}

function pause(scheduler: SchedulerLike, ms: number): Promise<void> {
  return new Promise((resolve) => scheduler.schedule(() => resolve(), ms));
}
