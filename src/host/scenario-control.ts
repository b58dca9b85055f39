import { z } from "zod";
import type { ChainSource, ScenarioStage } from "../chain/index.js";
import { type ControlMethod, controlMethod } from "../control/index.js";
import { nodeApiErrors } from "../node-api/index.js";

const MAX_TEXT_CHARS = 500_000;
const MAX_FILE_CHARS = 4096;
const none = z.strictObject({});

/** The control door's way to the scenarios of the chain source; one plays at a time and goes on when its caller leaves. */
export function scenarioControlMethods(
  chain: Pick<ChainSource, "name" | "scenarios">,
): Readonly<Record<string, ControlMethod>> {
  function stage(): ScenarioStage {
    if (chain.scenarios !== undefined) return chain.scenarios;
    const reason = "only a devnet can be scripted";
    throw nodeApiErrors.NOT_AVAILABLE({ what: "a scenario", source: chain.name, reason });
  }
  const scenario = z.strictObject({
    text: z.string().max(MAX_TEXT_CHARS),
    file: z.string().min(1).max(MAX_FILE_CHARS),
  });
  return {
    playscenario: controlMethod(scenario, ({ text, file }) => stage().play(text, file)),
    scenarioprogress: controlMethod(none, () => stage().progress() ?? null),
    stopscenario: controlMethod(none, () => ({ stopped: stage().stop() })),
  };
}
