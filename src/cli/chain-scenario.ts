import type { Command } from "commander";
import { firstValueFrom, timer } from "rxjs";
import { z } from "zod";
import { parseScenario, readScenarioFile } from "../chain/index.js";
import type { ControlClient } from "../control/index.js";
import { cliErrors } from "./errors.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { textFor } from "./terminal-text.js";

const progress = z.object({
  name: z.string(),
  state: z.enum(["running", "done", "failed", "stopped"]),
  step: z.number(),
  steps: z.number(),
  line: z.number(),
  what: z.string(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
type Progress = z.output<typeof progress>;

interface ScenarioOptions extends HostOptions {
  readonly check?: boolean;
  readonly json?: boolean;
  readonly stop?: boolean;
}

const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 500;
/** Somebody who waits is told where it is. */
const PATIENCE_MS = 2_000;

/** `chain scenario FILE`: plays a scenario on the running devnet, or only checks it. */
export function addChainScenarioCommand(chain: Command, output: Output): void {
  withHostOptions(chain.command("scenario"))
    .description("play a scenario (YAML) on the devnet of the running host, step by step")
    .argument("[file]", "the scenario")
    .option("--check", "only check the file; no host is needed")
    .option("--stop", "stop the scenario that plays")
    .option("--json", "print one JSON object on what became of it")
    .addHelpText(
      "after",
      `
The devnet's own activity pauses while a scenario plays. It goes on in the host when this command is interrupted.
Exit codes: 0 played to its end, 1 failed, with the line and step on stderr, 2 called wrongly.

Examples:
  blvm-streams chain scenario --check double-spend.yaml
  blvm-streams chain scenario double-spend.yaml
  blvm-streams chain scenario --stop`,
    )
    .action((file: string | undefined, options: ScenarioOptions, command: Command) => {
      if ((file === undefined) !== (options.stop === true)) {
        command.error("error: a file is expected, or --stop and no file", { exitCode: 2 });
      }
      return file === undefined ? stop(options, output) : playOrCheck(file, options, output);
    });
}

async function stop({ json = false, ...hostOptions }: ScenarioOptions, output: Output): Promise<void> {
  using client = await connectHost(hostOptions);
  const { stopped } = z.object({ stopped: z.boolean() }).parse(await client.call("stopscenario"));
  if (json) await printJson(output, { stopped });
  else await print(output, stopped ? "the scenario stops before its next step\n" : "no scenario plays\n");
}

async function playOrCheck(
  file: string,
  { check = false, json = false, ...hostOptions }: ScenarioOptions,
  output: Output,
): Promise<void> {
  const text = readScenarioFile(file);
  const { name, stepCount } = parseScenario(text, file);
  if (check) {
    if (json) await printJson(output, { name, steps: stepCount, valid: true });
    else await print(output, `${textFor(output.stdout, name)}: ${stepCount} steps, valid\n`);
    return;
  }
  using client = await connectHost(hostOptions);
  const played = await play(client, { text, file }, output);
  if (json) await printJson(output, played);
  if (played.state !== "done") {
    const { code = "SCENARIO_STOPPED", message = "it was stopped" } = played.error ?? {};
    throw cliErrors.CLI_SCENARIO_FAILED({ code, reason: message });
  }
  if (!json) await print(output, `${textFor(output.stdout, name)}: ${played.steps} steps, done\n`);
}

/** Begins it and looks after it until it has ended. */
async function play(client: ControlClient, scenario: object, output: Output): Promise<Progress> {
  let now = progress.parse(await client.call("playscenario", scenario));
  let lookMs = FIRST_LOOK_MS;
  let quietMs = 0;
  while (now.state === "running") {
    await firstValueFrom(timer(lookMs));
    quietMs += lookMs;
    lookMs = Math.min(2 * lookMs, LONGEST_LOOK_MS);
    now = progress.parse(await client.call("scenarioprogress"));
    if (quietMs < PATIENCE_MS || now.state !== "running") continue;
    quietMs = 0;
    const { step, steps, line, what } = now;
    output.stderr.write(`blvm-streams: step ${step} of ${steps}, line ${line}: ${what}\n`);
  }
  return now;
}
