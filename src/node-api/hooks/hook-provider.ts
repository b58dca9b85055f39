import type { SchedulerLike } from "rxjs";
import { errorCode } from "../../errors.js";
import { isFromPeer } from "../../ipc/index.js";
import type { Caller } from "../dependencies.js";
import type { HookName } from "./hook-question.js";

/** Questions that one provider may have open; further ones pass it by. */
const MAX_OPEN = 32;
const TIMEOUTS_BEFORE_REST = 3;
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 30_000;

/** What came of asking a provider. `resting`: it was not asked. */
export type HookReply =
  | { readonly outcome: "answered"; readonly value: unknown }
  | { readonly outcome: "none" | "failed" | "timeout" | "resting" };

/**
 * One module that answers a hook. After three timeouts in a row it is left alone for a second, then asked one question
 * at a time, and each further timeout doubles the rest, up to 30 s; any answer in time ends that.
 */
export class HookProvider {
  readonly caller: Caller;
  readonly #scheduler: SchedulerLike;
  #open = 0;
  #timeouts = 0;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  constructor(caller: Caller, scheduler: SchedulerLike) {
    this.caller = caller;
    this.#scheduler = scheduler;
  }

  /** It is answering a question now. */
  get isAnswering(): boolean {
    return this.#open > 0;
  }

  /** Never rejects. */
  async ask(hook: HookName, args: object, limitMs: number): Promise<HookReply> {
    if (!this.#mayBeAsked()) return { outcome: "resting" };
    this.#open++;
    try {
      const value = await this.caller.invoke("hook", { hook, args }, limitMs);
      this.#noteInTime();
      return value === null || value === undefined ? { outcome: "none" } : { outcome: "answered", value };
    } catch (error) {
      // A module that says DEADLINE, of what it asked itself, was in time.
      if (isFromPeer(error) || errorCode(error) !== "DEADLINE") {
        this.#noteInTime();
        return { outcome: "failed" };
      }
      this.#noteTimeout();
      return { outcome: "timeout" };
    } finally {
      this.#open--;
    }
  }

  #mayBeAsked(): boolean {
    if (this.#timeouts < TIMEOUTS_BEFORE_REST) return this.#open < MAX_OPEN;
    return this.#open === 0 && this.#scheduler.now() >= this.#restUntilMs;
  }

  #noteInTime(): void {
    this.#timeouts = 0;
    this.#restUntilMs = Number.NEGATIVE_INFINITY;
  }

  #noteTimeout(): void {
    const nowMs = this.#scheduler.now();
    // Questions that were open side by side run out together: they count as one rest.
    if (nowMs < this.#restUntilMs) return;
    this.#timeouts++;
    const doublings = this.#timeouts - TIMEOUTS_BEFORE_REST;
    if (doublings >= 0) {
      this.#restUntilMs = nowMs + Math.min(FIRST_REST_MS * 2 ** doublings, LONGEST_REST_MS);
    }
  }
}
