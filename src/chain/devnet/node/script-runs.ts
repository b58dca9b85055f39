import type { ScriptRun } from "../kernel/scripts/script-run.js";

/** A block of the largest size holds no more inputs; what is beyond is run but not told. */
const MAX_RUNS = 100_000;

/** Scripts that the kernel has run since they were taken last, in the order in which they ran. */
export class ScriptRuns {
  #runs: ScriptRun[] = [];

  readonly note = (run: ScriptRun): void => {
    if (this.#runs.length < MAX_RUNS) this.#runs.push(run);
  };

  /** Everything that was noted; forgets it. */
  take(): readonly ScriptRun[] {
    const runs = this.#runs;
    this.#runs = [];
    return runs;
  }
}
