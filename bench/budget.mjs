// @ts-check
import { parseArgs } from "node:util";

/**
 * How much is measured.
 * @typedef {object} Budget
 * @property {boolean} help
 * @property {string[]} scenarios
 * @property {number} rounds interleaved rounds; each runs every competitor once
 * @property {number} events events delivered per run, all modules together
 * @property {number[]} k numbers of module processes
 * @property {boolean} save whether bench/results is written
 */

const DEFAULTS = { rounds: 5, events: 640_000, k: "1,4,16" };

export class UsageError extends Error {}

/** @param {readonly string[]} known names of the scenarios */
export function usage(known) {
  return `usage: npm run bench -- [SCENARIO…] [--rounds N] [--events N] [--k N,N,…] [--no-save]

  SCENARIO     ${known.join(", ")} (all)
  --rounds N   interleaved rounds (${DEFAULTS.rounds})
  --events N   events delivered per run, all modules together (${DEFAULTS.events})
  --k N,N,…    numbers of module processes (${DEFAULTS.k})
  --no-save    print only, leave bench/results alone
`;
}

/**
 * @param {string[]} args
 * @param {readonly string[]} known names of the scenarios
 * @returns {Budget}
 * @throws {UsageError}
 */
export function readBudget(args, known) {
  const { values, positionals } = parse(args);
  const stranger = positionals.find((name) => !known.includes(name));
  if (stranger !== undefined) throw new UsageError(`"${stranger}" is no scenario`);
  return {
    help: values.help ?? false,
    scenarios: positionals.length > 0 ? positionals : [...known],
    rounds: count("--rounds", values.rounds ?? String(DEFAULTS.rounds)),
    events: count("--events", values.events ?? String(DEFAULTS.events)),
    k: (values.k ?? DEFAULTS.k).split(",").map((each) => count("--k", each)),
    save: !values["no-save"],
  };
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        rounds: { type: "string" },
        events: { type: "string" },
        k: { type: "string" },
        "no-save": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} option
 * @param {string} text
 */
function count(option, text) {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`${option} takes whole numbers from 1, not "${text}"`);
}
