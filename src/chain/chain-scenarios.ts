/** How far the last scenario is, in the names of the control door; steps are counted from 1. */
export interface ScenarioProgress {
  readonly name: string;
  readonly state: "running" | "done" | "failed" | "stopped";
  /** The step under way or, at the end, the last one that was begun. */
  readonly step: number;
  readonly steps: number;
  /** Of that step. */
  readonly line: number;
  /** The name of that step. */
  readonly what: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Where scenarios are played, one at a time. */
export interface ScenarioStage {
  /** Checks a scenario and begins to play it. @throws SCENARIO_INVALID, SCENARIO_RUNNING */
  play(text: string, file: string): ScenarioProgress;
  /** Of the scenario that plays or was played last. */
  progress(): ScenarioProgress | undefined;
  /** Ends the one that plays, between two steps. @returns false when none does */
  stop(): boolean;
}
