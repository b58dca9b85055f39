import { errorCode, errorMessage } from "../../../errors.js";
import type { ScenarioProgress, ScenarioStage } from "../../chain-scenarios.js";
import { chainErrors } from "../../errors.js";
import { parseScenario } from "./parse-scenario.js";
import { runScenario, type ScenarioDependencies } from "./run-scenario.js";
import type { Scenario } from "./scenario-steps.js";

export interface StageDependencies extends ScenarioDependencies {
  /** Before the first step. */
  readonly onBegin: () => void;
  /** After the last one, or the one that failed. */
  readonly onEnd: () => void;
}

/** The stage of a devnet. Whoever closes the devnet stops what plays on it. */
export class DevnetStage implements ScenarioStage {
  readonly #deps: StageDependencies;
  #progress: ScenarioProgress | undefined;
  #stopping: AbortController | undefined;

  constructor(deps: StageDependencies) {
    this.#deps = deps;
  }

  play(text: string, file: string): ScenarioProgress {
    const scenario = parseScenario(text, file);
    const running = this.#progress;
    if (running?.state === "running") throw chainErrors.SCENARIO_RUNNING(running);
    const { name, stepCount: steps } = scenario;
    const first: ScenarioProgress = { name, steps, state: "running", step: 1, line: 1, what: "" };
    this.#progress = first;
    this.#deps.log.info({ scenario: name, steps }, "a scenario begins");
    this.#deps.onBegin();
    void this.#run(scenario, first);
    return first;
  }

  progress(): ScenarioProgress | undefined {
    return this.#progress;
  }

  stop(): boolean {
    if (this.#progress?.state !== "running") return false;
    this.#stopping?.abort();
    return true;
  }

  /** Never rejects. */
  async #run(scenario: Scenario, first: ScenarioProgress): Promise<void> {
    const stopping = new AbortController();
    this.#stopping = stopping;
    let progress = first;
    const tell = (change: Partial<ScenarioProgress>) => {
      progress = { ...progress, ...change };
      this.#progress = progress;
    };
    const fields = { scenario: scenario.name, steps: scenario.stepCount };
    try {
      await runScenario(this.#deps, scenario, { signal: stopping.signal, onStep: tell });
      tell({ state: "done" });
      this.#deps.log.info(fields, "a scenario was played to its end");
    } catch (error) {
      const code = errorCode(error) ?? "UNKNOWN";
      const message = errorMessage(error);
      tell({ state: code === "SCENARIO_STOPPED" ? "stopped" : "failed", error: { code, message } });
      this.#deps.log.warn({ ...fields, code }, message);
    }
    this.#deps.onEnd();
  }
}
