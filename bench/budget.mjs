// @ts-check
import { parseArgs } from "node:util";
import { competitors, peerNames } from "./fanout/competitors.mjs";

/**
 * How much is measured.
 * @typedef {object} Budget
 * @property {boolean} help
 * @property {string[]} scenarios
 * @property {string[]} peers competitors beside the engine and `ref`
 * @property {number} rounds interleaved rounds; each runs every competitor once
 * @property {number} events events delivered per run of fanout, all modules together
 * @property {number[]} k numbers of module processes of fanout
 * @property {boolean} isSmoke whether only the bench itself is tried: every scenario as short as it can be
 * @property {boolean} save whether bench/results is written
 */

const DEFAULTS = { rounds: 5, events: 1_280_000, k: "1,4,16" };
const SMOKE_EVENTS = 2560;

export class UsageError extends Error {}

/** @param {readonly string[]} known names of the scenarios */
export function usage(known) {
  return `usage: npm run bench -- [--only NAME,NAME] [--peers NAME,NAME] [--rounds N] [--events N] [--k N,N] [--no-save]
       npm run bench -- --smoke

  --only NAMES   scenarios: ${known.join(", ")} (all)
  --peers NAMES  competitors beside the engine and ref: ${peerNames.join(", ")},
                 or none (all that are installed)
  --rounds N     interleaved rounds (${DEFAULTS.rounds})
  --events N     fanout: events delivered per run, all modules together (${DEFAULTS.events})
  --k N,N        fanout, rpc: numbers of module processes (${DEFAULTS.k})
  --no-save      print only, leave bench/results alone
  --smoke        one short round of everything that needs no server, stored nowhere: only shows that the bench runs
`;
}

/**
 * @param {string[]} args
 * @param {readonly string[]} known names of the scenarios
 * @returns {Budget}
 * @throws {UsageError}
 */
export function readBudget(args, known) {
  const values = parse(args);
  const isSmoke = values.smoke ?? false;
  return {
    help: values.help ?? false,
    scenarios: names("scenario", values.only, known, [...known]),
    peers: values.peers === "none" ? [] : names("peer", values.peers, peerNames, defaultPeers(isSmoke)),
    rounds: isSmoke ? 1 : count("--rounds", values.rounds ?? String(DEFAULTS.rounds)),
    events: isSmoke ? SMOKE_EVENTS : count("--events", values.events ?? String(DEFAULTS.events)),
    k: isSmoke ? [1] : (values.k ?? DEFAULTS.k).split(",").map((each) => count("--k", each)),
    isSmoke,
    save: !isSmoke && !values["no-save"],
  };
}

/** @param {boolean} isSmoke */
function defaultPeers(isSmoke) {
  if (!isSmoke) return peerNames;
  const isServed = new Set(
    competitors.filter(({ program }) => program !== undefined).map(({ name }) => name),
  );
  return peerNames.filter((name) => !isServed.has(name));
}

/** @param {string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: "string" },
        peers: { type: "string" },
        rounds: { type: "string" },
        events: { type: "string" },
        k: { type: "string" },
        "no-save": { type: "boolean" },
        smoke: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} what
 * @param {string | undefined} text
 * @param {readonly string[]} known
 * @param {string[]} all what no text stands for
 */
function names(what, text, known, all) {
  if (text === undefined) return all;
  const asked = text.split(",");
  const stranger = asked.find((name) => !known.includes(name));
  if (stranger === undefined) return asked;
  throw new UsageError(`"${stranger}" is no ${what}; known are ${known.join(", ")}`);
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
