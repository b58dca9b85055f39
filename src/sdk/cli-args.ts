import { EngineError } from "../errors.js";
import type { CliSpec } from "../requests/index.js";

type Arg = CliSpec["subcommands"][number]["args"][number];

/** The arguments of a command by their names: a text where one takes a value, true or false where it takes none. */
export type CliArgs = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Reads a command's words: `--long value`, `--long=value`, `-s value`, `--flag`, and values without a name, which fill
 * the arguments that are left in the order of the spec. All words behind `--` are values. The last one of a name counts.
 * @throws INVALID_PARAMS
 */
export function readCliArgs(args: readonly Arg[], words: readonly string[]): CliArgs {
  const found = new Map<string, string | boolean>();
  const values: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === "--") {
      values.push(...words.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-" || isNumber(word)) {
      values.push(word);
      continue;
    }
    const [flag = "", ...rest] = word.split("=");
    const inline = rest.length === 0 ? undefined : rest.join("=");
    const arg = args.find((each) => isNamed(each, flag));
    if (arg === undefined) throw wrong(flag, "it is unknown", args);
    if (arg.takes_value === false) {
      if (inline !== undefined) throw wrong(flag, "it takes no value", args);
      found.set(arg.name, true);
      continue;
    }
    const value = inline ?? words[++at];
    if (value === undefined) throw wrong(flag, "its value is missing", args);
    found.set(arg.name, value);
  }
  const open = args.filter(({ name, takes_value }) => takes_value !== false && !found.has(name));
  if (values.length > open.length) throw wrong(values[open.length] ?? "", "it is one value too many", args);
  for (const [index, value] of values.entries()) found.set((open[index] as Arg).name, value);
  return Object.fromEntries(args.map((arg) => [arg.name, found.get(arg.name) ?? preset(arg, args)]));
}

function preset(arg: Arg, args: readonly Arg[]): string | boolean | undefined {
  if (arg.takes_value === false) return false;
  if (arg.default !== undefined && arg.default !== null) return arg.default;
  if (arg.required === true) throw wrong(`--${arg.long_name ?? arg.name}`, "it is missing", args);
  return undefined;
}

function isNamed({ name, long_name, short_name }: Arg, flag: string): boolean {
  return flag === `--${long_name ?? name}` || (typeof short_name === "string" && flag === `-${short_name}`);
}

function isNumber(word: string): boolean {
  return /^-\d*\.?\d+$/.test(word);
}

const MAX_SHOWN_CHARS = 100;

function wrong(field: string, problem: string, args: readonly Arg[]): EngineError {
  const shown = field.slice(0, MAX_SHOWN_CHARS);
  const allowed = args.map((arg) => `--${arg.long_name ?? arg.name}`).join(", ") || "no arguments";
  return new EngineError(
    "INVALID_PARAMS",
    `argument ${JSON.stringify(shown)}: ${problem}, allowed: ${allowed}; correct it and run the command again`,
    { field: shown, problem },
  );
}
