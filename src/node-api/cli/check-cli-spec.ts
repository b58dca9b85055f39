import type { CliSpec } from "../../requests/index.js";
import { nodeApiErrors } from "../errors.js";
import { badName } from "../rpc/bad-name.js";

type Arg = CliSpec["subcommands"][number]["args"][number];

const SUBCOMMAND = /^[A-Za-z0-9_:][A-Za-z0-9_:-]*$/;
const LONG = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const SHORT = /^[A-Za-z0-9]$/;
const LONG_RULE = "letters, digits, - and _, starting with a letter or digit, and not help";

/** The long form of an argument: its own, or its name. */
function longName({ name, long_name }: Pick<Arg, "name" | "long_name">): string {
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
    throw badName(moduleName, "command", name, allowed);
  }
  const names = new Set<string>();
  for (const [index, subcommand] of subcommands.entries()) {
    const path = `spec.subcommands.${index}`;
    requireName(
      moduleName,
      SUBCOMMAND,
      "subcommand",
      subcommand.name,
      "letters, digits, -, _ and :, not starting with -",
    );
    requireOnce(names, subcommand.name, `${path}.name`);
    checkArgs(moduleName, subcommand.args, `${path}.args`);
  }
}

function checkArgs(moduleName: string, args: readonly Arg[], path: string): void {
  const names = new Set<string>();
  const longs = new Set<string>();
  const shorts = new Set<string>();
  for (const [index, arg] of args.entries()) {
    const { name, short_name } = arg;
    const long = longName(arg);
    requireName(moduleName, LONG, "argument", name, LONG_RULE);
    requireName(moduleName, LONG, "long name", long, LONG_RULE);
    if (long === "help") throw badName(moduleName, "long name", long, LONG_RULE);
    requireOnce(names, name, `${path}.${index}.name`);
    requireOnce(longs, long, `${path}.${index}.long_name`);
    if (short_name === undefined || short_name === null) continue;
    requireName(moduleName, SHORT, "short name", short_name, "one letter or digit");
    requireOnce(shorts, short_name, `${path}.${index}.short_name`);
  }
}

function requireName(moduleName: string, rule: RegExp, what: string, name: string, allowed: string): void {
  if (!rule.test(name)) throw badName(moduleName, what, name, allowed);
}

function requireOnce(seen: Set<string>, name: string, field: string): void {
  if (seen.has(name)) {
    const problem = `found ${JSON.stringify(name)} a second time, allowed is each name once`;
    throw nodeApiErrors.INVALID_PARAMS({ field, problem });
  }
  seen.add(name);
}
