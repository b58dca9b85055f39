import { config as rxjsConfig } from "rxjs";
import { vi } from "vitest";

/**
 * Takes what readers of frames throw. rxjs reports that in a later turn of the event loop, as an uncaught exception
 * where nobody asked for it; here it must be known with the story that provoked it, so timers run when they are told to.
 */
export class UnhandledErrors implements Disposable {
  readonly #errors: unknown[] = [];

  constructor() {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    rxjsConfig.onUnhandledError = (error) => this.#errors.push(error);
  }

  /** What was thrown since the last call, as text; undefined for nothing. */
  take(): string | undefined {
    vi.runAllTimers();
    const [first] = this.#errors.splice(0);
    return first === undefined
      ? undefined
      : `thrown while reading: ${String((first as Error).stack ?? first)}`;
  }

  [Symbol.dispose](): void {
    rxjsConfig.onUnhandledError = null;
    vi.useRealTimers();
  }
}
