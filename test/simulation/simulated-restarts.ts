import { silentLogger } from "../../src/log.js";
import { CrashRestarts } from "../../src/supervisor/crash-restarts.js";
import type { VirtualClock } from "../kit/ipc-virtual-clock.js";
import { demand } from "./discrepancy.js";
import { ModelRestarts, restartOf } from "./model-restarts.js";
import type { ModuleName } from "./story.js";
import type { Tally } from "./tally.js";

/** The supervisor's restarts on virtual time, each beside the model's idea of it. */
export class SimulatedRestarts {
  readonly #clock: VirtualClock;
  readonly #tally: Tally;
  readonly #engine: CrashRestarts;
  readonly #models = new Map<ModuleName, ModelRestarts>();

  constructor(clock: VirtualClock, tally: Tally, start: (name: ModuleName) => void) {
    this.#clock = clock;
    this.#tally = tally;
    this.#engine = new CrashRestarts({
      scheduler: clock.scheduler,
      log: silentLogger,
      optionsOf: (name) => restartOf(name as ModuleName),
      restart: (name) => {
        const dueMs = this.#of(name as ModuleName).start();
        demand(
          dueMs !== undefined && dueMs <= clock.nowMs,
          () => `${name} is started again, expected ${dueMs === undefined ? "never" : `at ${dueMs} ms`}`,
        );
        tally.add("restart after a crash");
        start(name as ModuleName);
      },
    });
  }

  noteCrash(name: ModuleName): void {
    const staysDown = this.#engine.noteCrash(name);
    const comesBack = this.#of(name).noteCrash(this.#clock.nowMs);
    if (!comesBack) this.#tally.add("restart: it crashed too often");
    demand(comesBack === (staysDown === undefined), () =>
      comesBack ? `${name} should be started again: ${staysDown}` : `${name} should stay down`,
    );
  }

  takeInHand(name: ModuleName): void {
    const model = this.#of(name);
    if (model.dueMs !== undefined) this.#tally.add("restart taken back");
    this.#engine.cancel(name);
    model.forget();
  }

  /** A start that was due has happened, and none is due that shouldn't be. */
  compare(): void {
    for (const [name, { dueMs }] of this.#models) {
      const isDue = dueMs !== undefined;
      demand(!isDue || dueMs > this.#clock.nowMs, () => `${name} should have been started at ${dueMs} ms`);
      demand(this.#engine.isDue(name) === isDue, () => `a start of ${name} is ${isDue ? "not " : ""}due`);
    }
  }

  close(): void {
    this.#engine.close();
  }

  #of(name: ModuleName): ModelRestarts {
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const made = new ModelRestarts(name);
    this.#models.set(name, made);
    return made;
  }
}
