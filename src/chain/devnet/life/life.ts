import type { ScenarioStage } from "../../chain-scenarios.js";
import type { DevnetOptions } from "../options.js";
import { startActivity } from "./activity.js";
import type { ActivityDependencies, ActivityOptions } from "./activity-part.js";
import { parseScenario } from "./parse-scenario.js";
import { readScenarioFile } from "./read-scenario-file.js";
import { DevnetStage } from "./scenario-stage.js";

export interface DevnetLife {
  /** Begins the activity, or the scenario of the options in its place. Once. */
  start(): void;
  /** The activity pauses while a scenario plays and begins anew after it. */
  readonly scenarios: ScenarioStage;
  /** Ends both; idempotent, and leaves no timer. */
  close(): void;
}

export type LifeOptions = ActivityOptions & Pick<DevnetOptions, "activity" | "scenario">;

/**
 * What happens on a devnet by itself. The scenario of the options is read and checked here, before anything happens.
 * @throws SCENARIO_UNREADABLE, SCENARIO_INVALID
 */
export function createLife(deps: ActivityDependencies, options: LifeOptions): DevnetLife {
  const first = options.scenario === undefined ? undefined : checked(options.scenario);
  const isLively = options.activity && first === undefined;
  let activity: { close(): void } | undefined;
  let times = 0;
  let isStarted = false;
  let isClosed = false;

  function live(): void {
    if (!isLively || !isStarted || isClosed || activity !== undefined) return;
    // What comes after a scenario isn't what came before it once more.
    const seed = times === 0 ? options.seed : `${options.seed}\0${times}`;
    times += 1;
    activity = startActivity(deps, { ...options, seed });
  }

  function rest(): void {
    activity?.close();
    activity = undefined;
  }

  const stage = new DevnetStage({ ...deps, onBegin: rest, onEnd: live });
  return {
    scenarios: stage,
    start() {
      if (isStarted || isClosed) return;
      isStarted = true;
      if (first !== undefined) stage.play(first.text, first.file);
      else if (stage.progress()?.state !== "running") live();
    },
    close() {
      isClosed = true;
      rest();
      stage.stop();
    },
  };
}

/** The text of a scenario that can be played. */
function checked(file: string): { readonly text: string; readonly file: string } {
  const text = readScenarioFile(file);
  parseScenario(text, file);
  return { text, file };
}
