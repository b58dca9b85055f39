import { readFileSync, statSync } from "node:fs";
import { errorMessage } from "../../../errors.js";
import { chainErrors } from "../../errors.js";
import { MAX_SCENARIO_BYTES } from "./scenario-yaml.js";

/** The text of a scenario's file, which isn't checked yet. @throws SCENARIO_UNREADABLE */
export function readScenarioFile(file: string): string {
  const problem = problemOf(file);
  if (problem !== undefined) throw chainErrors.SCENARIO_UNREADABLE({ file, reason: problem });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    throw chainErrors.SCENARIO_UNREADABLE({ file, reason: errorMessage(cause) }, { cause });
  }
}

function problemOf(file: string): string | undefined {
  try {
    const entry = statSync(file);
    if (!entry.isFile()) return "it is no plain file";
    if (entry.size <= MAX_SCENARIO_BYTES) return undefined;
    return `it has ${entry.size} bytes, ${MAX_SCENARIO_BYTES} at most are read`;
  } catch (error) {
    return errorMessage(error);
  }
}
