import { Command, CommanderError } from "commander";
import { errorMessage } from "../errors.js";
import { packageVersion } from "../package-version.js";
import { addChainExportCommand } from "./chain-export.js";
import { addChainRpcCommand } from "./chain-rpc.js";
import { addChainScenarioCommand } from "./chain-scenario.js";
import { addDoctorCommand } from "./doctor.js";
import { addEventsListCommand } from "./events-list.js";
import { addEventsShowCommand } from "./events-show.js";
import { addExplainCommand } from "./explain.js";
import { addLogCommand } from "./log.js";
import { addMarblesCommand } from "./marbles.js";
import { addModuleCommand } from "./module-command.js";
import { addModulesAttachCommand } from "./modules-attach.js";
import { addModulesBundleCommand } from "./modules-bundle.js";
import { addModulesCheckCommand } from "./modules-check.js";
import { addModulesCreateCommand } from "./modules-create.js";
import { addModulesKeygenCommand } from "./modules-keygen.js";
import { addModulesListCommand } from "./modules-list.js";
import { addModulesLoadCommand } from "./modules-load.js";
import { addModulesPermissionsCommand } from "./modules-permissions.js";
import { addModulesReloadCommand } from "./modules-reload.js";
import { addModulesRunCommand } from "./modules-run.js";
import { addModulesShowCommand } from "./modules-show.js";
import { addModulesSignCommand } from "./modules-sign.js";
import { addModulesUnloadCommand } from "./modules-unload.js";
import { addModulesVerifyCommand } from "./modules-verify.js";
import type { Output } from "./output.js";
import { addRecordCommand } from "./record.js";
import { addRecordingShowCommand } from "./recording-show.js";
import { addReportCommand } from "./report.js";
import { addStatsCommand } from "./stats.js";
import { addStreamsEvalCommand } from "./streams-eval.js";
import { addStreamsGraphCommand } from "./streams-graph.js";
import { addStreamsLintCommand } from "./streams-lint.js";
import { addStreamsListCommand } from "./streams-list.js";
import { addStreamsRunCommand } from "./streams-run.js";
import { addStreamsSchemaCommand } from "./streams-schema.js";
import { addStreamsShowCommand } from "./streams-show.js";
import { addStreamsTestCommand } from "./streams-test.js";
import { addTapCommand } from "./tap.js";
import { textFor } from "./terminal-text.js";
import { addTopCommand } from "./top.js";
import { addUpCommand } from "./up.js";

/**
 * Runs one command line.
 * @returns the exit code: 0, 1 when the command failed, 2 when it was called wrongly; 3 when doctor
 * found layers missing; that of a module's command is its own.
 */
export async function runCli(args: readonly string[], output: Output): Promise<number> {
  let exitCode = 0;
  try {
    const program = createProgram(output, (code) => {
      exitCode = code;
    });
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    output.stderr.write(`blvm-streams: ${textFor(output.stderr, errorMessage(error))}\n`);
    return 1;
  }
}

function createProgram(output: Output, exit: (code: number) => void): Command {
  const program = new Command("blvm-streams")
    .description("A Bitcoin node's module system as an observable event-stream engine.")
    .version(packageVersion, "--version")
    // What stands behind `module NAME` is the module's to read.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.stdout.write(text),
      writeErr: (text) => output.stderr.write(text),
      getOutHelpWidth: () => output.columns ?? 100,
      getErrHelpWidth: () => output.columns ?? 100,
    })
    .showHelpAfterError("(--help shows what is possible)")
    .addHelpText(
      "after",
      `
Commands find a running host by its data directory: --data-dir, or the one in the configuration.
Exit codes: 0 done, 1 failed, 2 called wrongly; doctor: 3 layers are missing; module NAME exits with the module's own code.

Examples:
  blvm-streams up                       run the host; a regtest chain lives in it
  blvm-streams tap NewBlock             watch events
  blvm-streams record bug.rec           write events to a file, to be played again
  blvm-streams stats                    see what was delivered and what was lost
  blvm-streams report                   learn which module is slow, and in which event type
  blvm-streams explain --event 7 --module NAME   learn why a module did not get an event
  blvm-streams doctor                   see what keeps modules from this machine
  blvm-streams events show NewBlock     read what an event means`,
    );
  addUpCommand(program, output);
  addTapCommand(program, output);
  addRecordCommand(program, output);
  addStatsCommand(program, output);
  addTopCommand(program, output);
  addLogCommand(program, output);
  addReportCommand(program, output);
  addExplainCommand(program, output);
  addDoctorCommand(program, output, exit);
  addModuleCommand(program, output, exit);
  const modules = program
    .command("modules")
    .description("list, load, unload and reload modules, attach one that you start yourself");
  addModulesListCommand(modules, output);
  addModulesShowCommand(modules, output);
  addModulesPermissionsCommand(modules, output);
  addModulesLoadCommand(modules, output);
  addModulesUnloadCommand(modules, output);
  addModulesReloadCommand(modules, output);
  addModulesAttachCommand(modules, output);
  addModulesKeygenCommand(modules, output);
  addModulesSignCommand(modules, output);
  addModulesVerifyCommand(modules, output);
  addModulesCheckCommand(modules, output);
  addModulesCreateCommand(modules, output);
  addModulesBundleCommand(modules, output);
  addModulesRunCommand(modules, output);
  const chain = program.command("chain").description("steer the devnet's chain, or write its blocks");
  addChainRpcCommand(chain, output);
  addChainExportCommand(chain, output);
  addChainScenarioCommand(chain, output);
  const recording = program.command("recording").description("read what record wrote; no host is needed");
  addRecordingShowCommand(recording, output);
  const streams = program
    .command("streams")
    .description("check, test, run and draw streams, try expressions; list and show those of a running host");
  addStreamsLintCommand(streams, output);
  addStreamsTestCommand(streams, output);
  addStreamsRunCommand(streams, output);
  addStreamsGraphCommand(streams, output);
  addStreamsEvalCommand(streams, output);
  addStreamsSchemaCommand(streams, output);
  addStreamsListCommand(streams, output);
  addStreamsShowCommand(streams, output);
  addMarblesCommand(program, output);
  const events = program.command("events").description("read the catalogue of events; no host is needed");
  addEventsListCommand(events, output);
  addEventsShowCommand(events, output);
  return program;
}
