import type { RestartOptions } from "../../src/supervisor/options.js";
import type { ModuleName } from "./story.js";

/** A crashed module's second chances: for some one, for others several, all within a story. */
export function restartOf(name: ModuleName): RestartOptions {
  return {
    policy: "on-failure",
    backoff_ms: 10,
    max_backoff_ms: 15,
    max_crashes: name === "gamma" ? 3 : 2,
    window_s: 2,
  };
}

/** When a crashed module is to be started again, found by counting its crashes one by one. */
export class ModelRestarts {
  readonly #options: RestartOptions;
  #crashesMs: number[] = [];
  #dueMs: number | undefined;

  constructor(name: ModuleName) {
    this.#options = restartOf(name);
  }

  /** @returns whether it is started again */
  noteCrash(nowMs: number): boolean {
    const { backoff_ms, max_backoff_ms, max_crashes, window_s } = this.#options;
    this.#crashesMs.push(nowMs);
    let recent = 0;
    for (const atMs of this.#crashesMs) if (atMs > nowMs - window_s * 1000) recent++;
    if (recent >= max_crashes) return false;
    let waitMs = backoff_ms;
    for (let n = 1; n < recent; n++) waitMs += waitMs;
    this.#dueMs = nowMs + Math.min(waitMs, max_backoff_ms);
    return true;
  }

  /** Somebody decides over the module: nothing is due any more, and nothing is held against it. */
  forget(): void {
    this.#crashesMs = [];
    this.#dueMs = undefined;
  }

  /** It is started now. @returns when that was due */
  start(): number | undefined {
    const dueMs = this.#dueMs;
    this.#dueMs = undefined;
    return dueMs;
  }

  get dueMs(): number | undefined {
    return this.#dueMs;
  }
}
