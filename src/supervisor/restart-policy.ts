import type { RestartOptions } from "./options.js";

/** What follows a crash: another start after a wait, or none, for a reason in words. */
export type AfterCrash =
  | { readonly kind: "restart"; readonly delayMs: number }
  | { readonly kind: "stay-down"; readonly reason: string };

/**
 * Decides after each crash of one module. The wait doubles with every crash in the window; as many crashes as the options
 * allow end it. Whoever loads or unloads the module by hand begins anew with {@link forgive}.
 */
export class RestartPolicy {
  readonly #optionsNow: () => RestartOptions;
  #crashesMs: number[] = [];

  /** `optionsNow` is asked at each crash: the configuration may have changed since the last one. */
  constructor(optionsNow: () => RestartOptions) {
    this.#optionsNow = optionsNow;
  }

  /** Crashes within the window. */
  get crashes(): number {
    return this.#crashesMs.length;
  }

  noteCrash(nowMs: number): AfterCrash {
    const { policy, backoff_ms, max_backoff_ms, max_crashes, window_s } = this.#optionsNow();
    if (policy === "never")
      return { kind: "stay-down", reason: "it is not restarted (restart.policy is never)" };
    this.#crashesMs = this.#crashesMs.filter((atMs) => nowMs - atMs < window_s * 1000);
    this.#crashesMs.push(nowMs);
    const count = this.#crashesMs.length;
    if (count >= max_crashes)
      return {
        kind: "stay-down",
        reason: `it crashed ${count} times within ${window_s} s (restart.max_crashes)`,
      };
    return { kind: "restart", delayMs: Math.min(max_backoff_ms, backoff_ms * 2 ** (count - 1)) };
  }

  forgive(): void {
    this.#crashesMs = [];
  }
}
