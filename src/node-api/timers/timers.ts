import type { Caller } from "../dependencies.js";
import { ModuleTimers, type TimerDependencies } from "./module-timers.js";

/** The timers and tasks of all modules. Those of a connection end with it. */
export class Timers {
  readonly #deps: TimerDependencies;
  readonly #modules = new Map<Caller, ModuleTimers>();

  constructor(deps: TimerDependencies) {
    this.#deps = deps;
  }

  /** The connection's own; made when it is first asked for. */
  of(caller: Caller): ModuleTimers {
    const known = this.#modules.get(caller);
    if (known !== undefined) return known;
    const timers = new ModuleTimers(caller, this.#deps);
    this.#modules.set(caller, timers);
    caller.onClosed(() => {
      timers.close();
      this.#modules.delete(caller);
    });
    return timers;
  }

  /** Ends every timer. Idempotent. */
  close(): void {
    for (const timers of this.#modules.values()) timers.close();
    this.#modules.clear();
  }
}
