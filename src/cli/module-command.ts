import type { Command } from "commander";
import { z } from "zod";
import { readTrace, type TraceContext, traceFields } from "../trace-context.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { createModuleProgram } from "./module-program.js";
import { type ModuleSpec, moduleSpecs } from "./module-spec.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";
import { textFor } from "./terminal-text.js";

interface ModuleOptions extends HostOptions {
  readonly json?: boolean;
}

/** A little longer than the host waits for the module: the host's word on it is the better one. */
const RUN_TIMEOUT_MS = 65_000;
const MAX_EXIT_CODE = 255;

const result = z.object({ stdout: z.string(), stderr: z.string(), exit_code: z.int() });

/**
 * `module`: runs the commands that modules offer, as the specs say that they registered with the running host.
 * `exit` takes the exit code of a module's command.
 */
export function addModuleCommand(program: Command, output: Output, exit: (code: number) => void): void {
  withHostOptions(program.command("module"))
    .description("run a command that a loaded module offers; without a name: list who offers some")
    .argument("[name]", "name of a loaded module")
    .argument("[command...]", "one of its commands, with the arguments that it takes")
    .option("--json", "print one JSON object: what the module printed and its exit code")
    .passThroughOptions()
    .usage("[options] [NAME [COMMAND [ARGUMENTS...]]]")
    .addHelpText(
      "after",
      `
What stands behind NAME is the module's; --json may stand there too, unless the module has an option of that name. What the module prints to a terminal can't steer it:
control characters are shown, not obeyed. The exit code is the module's; one that no process can have becomes 255.

Examples:
  blvm-streams module                     who offers commands
  blvm-streams module NAME --help         the commands of one module
  blvm-streams module NAME COMMAND --help`,
    )
    .action(async (name: string | undefined, words: readonly string[], options: ModuleOptions) => {
      if (name === undefined) await listOffers(options, output);
      else await runOffer(name, words, options, output, exit);
    });
}

async function listOffers(options: ModuleOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const answer = await client.call("getmoduleclispecs");
  if (options.json) {
    await printJson(output, answer);
    return;
  }
  const specs = Object.values(moduleSpecs.parse(answer));
  if (specs.length === 0) {
    await print(output, "no loaded module offers commands\n");
    return;
  }
  const rows = specs.map(({ name, about, subcommands }) => [
    name,
    subcommands.map((each) => each.name).join(" "),
    about ?? "",
  ]);
  const columns = ["NAME", "COMMANDS", "ABOUT"].map((title) => ({ title }));
  await print(output, renderTable(columns, rows, output.columns));
}

async function runOffer(
  name: string,
  words: readonly string[],
  options: ModuleOptions,
  output: Output,
  exit: (code: number) => void,
): Promise<void> {
  using client = await connectHost(options);
  const spec = theOnly(moduleSpecs.parse(await client.call("getmoduleclispecs", { name })));
  const program = createModuleProgram(spec, output, async (subcommand, args, own) => {
    const params = { name: spec.name, subcommand, args, ...traceFields(environmentTrace()) };
    const answer = await client.call("runmodulecli", params, { timeoutMs: RUN_TIMEOUT_MS });
    const { stdout, stderr, exit_code } = result.parse(answer);
    if (options.json || own.json) await printJson(output, { stdout, stderr, exit_code });
    else {
      await print(output, textFor(output.stdout, stdout));
      output.stderr.write(textFor(output.stderr, stderr));
    }
    exit(exitCodeOf(exit_code));
  });
  await program.parseAsync(words, { from: "user" });
}

/** The trace that a shell or a job of CI runs this command in. */
function environmentTrace(): TraceContext | undefined {
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate } = process.env;
  return readTrace({ traceparent, tracestate });
}

function theOnly(specs: Readonly<Record<string, ModuleSpec>>): ModuleSpec {
  const [spec] = Object.values(specs);
  if (spec === undefined) throw new TypeError("the host answered without a spec");
  return spec;
}

/** What a process may end with; nothing that failed looks like success. */
function exitCodeOf(code: number): number {
  return code >= 0 && code <= MAX_EXIT_CODE ? code : MAX_EXIT_CODE;
}
