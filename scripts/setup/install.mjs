// @ts-check
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { isLockedTree } from "./locked-tree.mjs";
import { runChild } from "./run-child.mjs";
import { SetupError } from "./setup-error.mjs";
import { fingerprint, readStamp, writeStamp } from "./stamp.mjs";

const OLDEST_NPM = 10;

/**
 * True when `folder` holds exactly what its lock file says, for this Node and machine. Costs one file read.
 * @param {string} folder
 */
export function isInstalled(folder) {
  return readStamp(stampFile(folder)) === wantedStamp(folder);
}

/**
 * Installs the locked dependencies of `folder`, development ones too, and stamps them as the last step.
 * A tree that someone installed with npm by hand is only checked against the lock file and stamped.
 * The caller holds the set-up lock.
 * @param {string} folder
 * @param {{ say: (line: string) => void, onSpawn?: (pid: number) => void }} options
 * @throws {SetupError} when npm is missing or too old, or could not install
 */
export async function install(folder, { say, onSpawn }) {
  if (!existsSync(join(folder, "package-lock.json"))) {
    throw new SetupError(`${join(folder, "package-lock.json")} is missing; restore it with git`);
  }
  const stamp = wantedStamp(folder);
  if (!isLockedTree(folder)) {
    const startMs = performance.now();
    const npm = findNpm();
    say(`installing the locked dependencies of ${basename(folder)} (npm ci, up to a minute) …`);
    rmSync(stampFile(folder), { force: true });
    rmSync(join(folder, "node_modules/.package-lock.json"), { force: true });
    const code = await runChild([...npm, ...installArguments(folder)], {
      cwd: folder,
      env: npmEnvironment(),
      onSpawn,
    });
    if (code !== 0) {
      throw new SetupError(
        `npm ci ended with exit code ${code}, its reasons stand above; ` +
          "check that the npm registry can be reached (network, proxy, npm config get registry) and run the command again",
      );
    }
    say(`installed in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  }
  writeStamp(stampFile(folder), stamp);
}

/** @param {string} folder */
function stampFile(folder) {
  return join(folder, "node_modules/.setup-stamp");
}

/** @param {string} folder */
function wantedStamp(folder) {
  const machine = `${process.versions.modules} ${process.platform} ${process.arch}`;
  return fingerprint(folder, ["package-lock.json"], machine);
}

/**
 * Flags outweigh the user's settings: whoever set NODE_ENV=production or omit=dev still gets the tools that
 * build and test. Optional packages carry the native parts of vitest and biome.
 * @param {string} folder
 */
function installArguments(folder) {
  return [
    "ci",
    `--prefix=${folder}`,
    "--global=false",
    "--package-lock=true",
    "--include=dev",
    "--include=optional",
    "--include=peer",
    "--prefer-offline",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=10000",
    "--audit=false",
    "--fund=false",
    "--loglevel=error",
  ];
}

function npmEnvironment() {
  const { NODE_ENV, ...rest } = process.env;
  return rest;
}

/**
 * The npm that runs us, else the one on PATH.
 * @returns {[program: string, ...args: string[]]} the command's first words
 */
function findNpm() {
  const runningNpm = process.env.npm_execpath;
  const isNpm = runningNpm !== undefined && /^npm-cli\.[cm]?js$/.test(basename(runningNpm));
  /** @type {[string, ...string[]]} */
  const npm = isNpm ? [process.execPath, runningNpm] : ["npm"];
  const [program, ...args] = npm;
  const asked = spawnSync(program, [...args, "--version"], { encoding: "utf8" });
  const version = asked.stdout?.trim() ?? "";
  if (asked.error !== undefined || asked.status !== 0) {
    throw new SetupError(
      "npm can't be run; install the npm that comes with Node (10 or 11) and run the command again",
    );
  }
  if (Number.parseInt(version, 10) < OLDEST_NPM) {
    throw new SetupError(
      `this is npm ${version}, blvm-streams needs npm 10 or 11: run npm install --global npm@11`,
    );
  }
  return npm;
}
