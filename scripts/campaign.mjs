// @ts-check
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Runs the long form of one proof, or of all: `npm run campaign [NAME…] -- [options]`. */

const root = fileURLToPath(new URL("../", import.meta.url));
const names = readdirSync(new URL("../test/campaign/", import.meta.url))
  .filter((file) => file.endsWith(".campaign.ts"))
  .map((file) => file.replace(/\.campaign\.ts$/, ""));

const HELP = `Usage: npm run campaign -- [NAME…] [options]

Runs the long form of the proofs that npm test runs in short: ${names.join(", ")}. All of them without a NAME.

  --seed N     where the run starts drawing (default 1); a failing run prints the seed that repeats it
  --budget N   how much to do, in the campaign's own unit (seeds, events, frames, lives, faults, minutes; default: its full figure)
  --resume     go on where the last run with this seed stopped; a soak starts over
  --help       this text

Exit codes: 0 proven, 1 failed, 2 wrong usage. Progress lies in .campaign/.
`;

/** @param {string} problem */
function usage(problem) {
  process.stderr.write(`${problem}\n\n${HELP}`);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: "string" },
        budget: { type: "string" },
        resume: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

const { values, positionals } = readOptions() ?? process.exit(2);
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) usage(`No campaign is called "${unknown}"; there are ${names.join(", ")}.`);
if (values.budget !== undefined && positionals.length !== 1) {
  usage("--budget has a different unit in each campaign: name exactly one.");
}
for (const option of /** @type {const} */ (["seed", "budget"])) {
  const text = values[option];
  if (text !== undefined && !/^\d{1,15}$/.test(text)) {
    usage(`--${option} takes a whole number from 0 on; found "${text}".`);
  }
}

const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--config",
    "test/campaign/vitest.config.ts",
    ...positionals.map((name) => `test/campaign/${name}.campaign.ts`),
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      ...(values.seed === undefined ? {} : { CAMPAIGN_SEED: values.seed }),
      ...(values.budget === undefined ? {} : { CAMPAIGN_BUDGET: values.budget }),
      ...(values.resume ? { CAMPAIGN_RESUME: "1" } : {}),
    },
  },
);
process.exit(status === 0 ? 0 : 1);
