import type { CliSpec } from "../../requests/index.js";
import { nodeApiErrors } from "../errors.js";

type Arg = CliSpec["subcommands"][number]["args"][number];

const SUBCOMMAND = /^[A-Za-z0-9_:][A-Za-z0-9_:-]*$/;
const LONG = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const SHORT = /^[A-Za-z0-9]$/;
const LONG_RULE = "letters, digits, - and _, starting with a letter or digit, and not help";

/** The long form of an argument: its own, or its name. */
export function longName({ name, long_name }: Pick<Arg, "name" | "long_name">): string {
  return long_name ?? name;
}

/**
 * Refuses a spec from which no clear commands can be made.
 * @throws BAD_NAME for a name, INVALID_PARAMS for one that stands there twice, with its path
 */
export function checkCliSpec({ name, subcommands }: CliSpec, moduleName: string): void {
  const allowedNames = [moduleName, moduleName.replaceAll("-", "_")];
  if (!allowedNames.includes(name)) {
    const allowed = [...new Set(allowedNames)].join(" and ");
    throw nodeApiErrors.BAD_NAME({ what: "command", name, allowed });
  }
  const names = new Set<string>();
  for (const [index, subcommand] of subcommands.entries()) {
    const path = `spec.subcommands.${index}`;
    requireName(
      SUBCOMMAND,
      "subcommand",
      subcommand.name,
      "letters, digits, -, _ and :, not starting with -",
    );
    requireOnce(names, subcommand.name, `${path}.name`);
    checkArgs(subcommand.args, `${path}.args`);
  }
}

function checkArgs(args: readonly Arg[], path: string): void {
  const names = new Set<string>();
  const longs = new Set<string>();
  const shorts = new Set<string>();
  for (const [index, arg] of args.entries()) {
    const { name, short_name } = arg;
    const long = longName(arg);
    requireName(LONG, "argument", name, LONG_RULE);
    requireName(LONG, "long name", long, LONG_RULE);
    if (long === "help") throw nodeApiErrors.BAD_NAME({ what: "long name", name: long, allowed: LONG_RULE });
    requireOnce(names, name, `${path}.${index}.name`);
    requireOnce(longs, long, `${path}.${index}.long_name`);
    if (short_name === undefined || short_name === null) continue;
    requireName(SHORT, "short name", short_name, "one letter or digit");
    requireOnce(shorts, short_name, `${path}.${index}.short_name`);
  }
}

function requireName(rule: RegExp, what: string, name: string, allowed: string): void {
  if (!rule.test(name)) throw nodeApiErrors.BAD_NAME({ what, name, allowed });
}

function requireOnce(seen: Set<string>, name: string, field: string): void {
  if (seen.has(name)) {
    const problem = `found ${JSON.stringify(name)} a second time, allowed is each name once`;
    throw nodeApiErrors.INVALID_PARAMS({ field, problem });
  }
  seen.add(name);
}
