import { Command, Option } from "commander";
import { nearestName } from "../events/index.js";
import { cliErrors } from "./errors.js";
import type { ModuleSpec, SpecArg } from "./module-spec.js";
import type { Output } from "./output.js";
import { terminalText } from "./terminal-text.js";

/** What a command takes beside the module's arguments, unless the module uses the name itself. */
export interface OwnOptions {
  readonly json: boolean;
}

/** Runs one command; `args` are in the form that every module reads: `--long value` and `--flag`. */
export type RunSubcommand = (subcommand: string, args: readonly string[], own: OwnOptions) => Promise<void>;

/**
 * Builds commands and help from what a module registered. Its texts are shown so that they can't steer a terminal.
 * The program throws CommanderError when it was called wrongly, and CLI_UNKNOWN_SUBCOMMAND.
 */
export function createModuleProgram(spec: ModuleSpec, output: Output, run: RunSubcommand): Command {
  const program = new Command(`blvm-streams module ${spec.name}`)
    .description(terminalText(spec.about ?? `Commands of module ${spec.name}.`))
    .helpCommand(false)
    .enablePositionalOptions()
    .argument("[command]")
    .allowExcessArguments(true)
    .usage("COMMAND [ARGUMENTS...]")
    .action((name: string | undefined) => {
      const names = spec.subcommands.map((each) => each.name);
      if (name === undefined) return program.help();
      throw cliErrors.CLI_UNKNOWN_SUBCOMMAND({
        module: spec.name,
        subcommand: terminalText(name),
        nearest: nearestName(name, names),
        subcommands: names,
      });
    });
  settle(program, output);
  for (const { name, about, args } of spec.subcommands) {
    const command = new Command(name).description(terminalText(about ?? ""));
    settle(command, output, args);
    const options = args.map(specOption);
    for (const option of options) command.addOption(option);
    const hasJson = args.some((arg) => longName(arg) === "json");
    if (!hasJson) command.option("--json", "print one JSON object: stdout, stderr and exit_code");
    command.action(async (given: Readonly<Record<string, unknown>>) => {
      const list = args.flatMap((arg, index) => argWords(arg, given[`argument ${index}`]));
      await run(name, list, { json: given.json === true });
    });
    program.addCommand(command);
  }
  return program;
}

function settle(command: Command, output: Output, args: readonly SpecArg[] = []): void {
  const isShortTaken = args.some(({ short_name }) => short_name === "h");
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.stdout.write(text),
      writeErr: (text) => output.stderr.write(text),
      getOutHelpWidth: () => output.columns ?? 100,
      getErrHelpWidth: () => output.columns ?? 100,
    })
    .helpOption(isShortTaken ? "--help" : "-h, --help", "show this help")
    .showHelpAfterError("(--help shows what is possible)");
}

function longName({ name, long_name }: SpecArg): string {
  return long_name ?? name;
}

/** Keeps its value under a key of its own: what a module calls its arguments has no meaning here. */
class SpecOption extends Option {
  readonly #key: string;

  constructor(flags: string, about: string | undefined, key: string) {
    super(flags, about);
    this.#key = key;
    // Without this, --no-color would be the opposite of --color.
    this.negate = false;
  }

  override attributeName(): string {
    return this.#key;
  }
}

function specOption(arg: SpecArg, index: number): SpecOption {
  const { name, short_name, required, takes_value, default: preset } = arg;
  const short = short_name === undefined || short_name === null ? "" : `-${short_name}, `;
  const isFlag = takes_value === false;
  const hasPreset = !isFlag && preset !== undefined && preset !== null;
  const isNeeded = required === true && !isFlag && !hasPreset;
  const flags = `${short}--${longName(arg)}${isFlag ? "" : ` <${name}>`}`;
  const option = new SpecOption(flags, isNeeded ? "required" : undefined, `argument ${index}`);
  if (hasPreset) option.default(preset, terminalText(preset));
  return option.makeOptionMandatory(isNeeded) as SpecOption;
}

function argWords(arg: SpecArg, value: unknown): readonly string[] {
  if (arg.takes_value === false) return value === true ? [`--${longName(arg)}`] : [];
  return typeof value === "string" ? [`--${longName(arg)}`, value] : [];
}
