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

/**
 * What a campaign's process starts with. In the fuzz campaign thousands of hosts come and go in one process; only with a
 * fixed threshold does glibc give the room of their large arrays back, and what is left then is what is held.
 * @type {Readonly<Record<string, NodeJS.ProcessEnv>>}
 */
const ENVIRONMENTS = { fuzz: { MALLOC_MMAP_THRESHOLD_: "131072" } };

/** @param {string} name */
function run(name) {
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config",
      "test/campaign/vitest.config.ts",
      `test/campaign/${name}.campaign.ts`,
    ],
    {
      cwd: root,
      stdio: "inherit",
      env: {
        ...process.env,
        ...ENVIRONMENTS[name],
        ...(values.seed === undefined ? {} : { CAMPAIGN_SEED: values.seed }),
        ...(values.budget === undefined ? {} : { CAMPAIGN_BUDGET: values.budget }),
        ...(values.resume ? { CAMPAIGN_RESUME: "1" } : {}),
      },
    },
  );
  return status === 0;
}

const results = (positionals.length === 0 ? names : positionals).map(run);
process.exit(results.every(Boolean) ? 0 : 1);
