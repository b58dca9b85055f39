// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { become } from "./become.mjs";
import { prepare } from "./prepare.mjs";
import { fetchRealNode, hasRealNode, realNodeComplaint } from "./real-node.mjs";
import { Interrupted, SetupError } from "./setup-error.mjs";
import { installCommand, installPackages, mayInstall, missingPackages } from "./system-packages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @type {Record<string, (args: string[]) => Promise<void>>} */
const jobs = {
  async start(args) {
    await prepare(root, { say });
    await become(join(root, "dist/cli/main.js"), ["up", ...args]);
  },
  async test(args) {
    await prepare(root, { say });
    await offerTools();
    await offerRealNode();
    process.chdir(root);
    await become(join(root, "node_modules/vitest/vitest.mjs"), ["run", ...args]);
  },
  async bench(args) {
    const extraFolders = hasDependencies(join(root, "bench/package.json")) ? ["bench"] : [];
    await prepare(root, { say, extraFolders });
    await become(join(root, "bench/run.mjs"), args);
  },
  async campaign(args) {
    await prepare(root, { say });
    await become(join(root, "scripts/campaign.mjs"), args);
  },
  async tools() {
    const reasons = [];
    // What can't be had of the one keeps nobody from the other.
    for (const tool of [demandPackages, () => fetchRealNode(root, { say })]) {
      try {
        await tool();
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        reasons.push(error.message);
      }
    }
    if (reasons.length > 0) throw new SetupError(reasons.join("; and "));
  },
  async build() {
    await prepare(root, { say, rebuild: true });
  },
};

/**
 * Installs and builds what is missing, then turns this process into the job.
 * Exit codes: 1 when the set-up failed, 2 for an unknown job, otherwise the job's own.
 * @param {string[]} argv the job's name, then its arguments
 */
export async function main([name, ...args]) {
  const job = name !== undefined && Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job === undefined) {
    say(
      `"${name ?? ""}" is no job; usage: node scripts/setup.mjs ${Object.keys(jobs).join("|")} [arguments]`,
    );
    process.exitCode = 2;
    return;
  }
  try {
    await job(args);
  } catch (error) {
    if (error instanceof Interrupted) {
      process.kill(process.pid, error.signal);
    } else if (error instanceof SetupError) {
      say(error.message);
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}

async function demandPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (mayInstall()) return installPackages(missing, { cwd: root, say });
  throw new SetupError(
    `the tests need the Debian packages ${missing.join(", ")}; install them as root: ${installCommand(missing)}`,
  );
}

/** Before the tests: what can't be had keeps none of the others from running. */
async function offerTools() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (!mayInstall()) {
    say(
      `tests that need ${missing.join(", ")} are skipped and say so; to run them too: ${installCommand(missing)}`,
    );
    return;
  }
  await installPackages(missing, { cwd: root, say }).catch((error) => {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
  });
}

/** The same for a real node, which whoever runs CI wants fetched and anybody else may. */
async function offerRealNode() {
  if (hasRealNode(root)) return;
  const isCi = process.env.CI !== undefined && process.env.CI !== "";
  if (isCi) {
    await fetchRealNode(root, { say }).catch((error) => {
      if (!(error instanceof SetupError)) throw error;
      say(error.message);
    });
    return;
  }
  const way = realNodeComplaint() === undefined ? "node scripts/setup.mjs tools fetches one, or " : "";
  say(`tests that need a real Bitcoin node are skipped; to run them too: ${way}set BITCOIND to a bitcoind`);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`blvm-streams: ${line}\n`);
}

/** @param {string} packageFile */
function hasDependencies(packageFile) {
  if (!existsSync(packageFile)) return false;
  const { dependencies, devDependencies } = JSON.parse(readFileSync(packageFile, "utf8"));
  return Object.keys({ ...dependencies, ...devDependencies }).length > 0;
}
