// @ts-check
import { chmodSync, cpSync, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { bundleCommand } from "./bundle-command.mjs";
import { bundleModules } from "./bundle-modules.mjs";
import { bundlePage } from "./bundle-page.mjs";
import { bundleSdk } from "./bundle-sdk.mjs";
import { runChild } from "./run-child.mjs";
import { SetupError } from "./setup-error.mjs";
import { fingerprint, readStamp, writeStamp } from "./stamp.mjs";

/** What the build is made of: the compiler's version stands in the lock file, the copying in this file. */
const SOURCES = [
  "src",
  "page",
  "tsconfig.json",
  "package-lock.json",
  "scripts/setup/compile.mjs",
  "scripts/setup/bundle-command.mjs",
  "scripts/setup/bundle-sdk.mjs",
  "scripts/setup/bundle-modules.mjs",
  "scripts/setup/bundle-page.mjs",
];

/**
 * True when `dist` was built from exactly these sources.
 * @param {string} root
 */
export function isBuilt(root) {
  return readStamp(join(root, "dist/.build-stamp")) === fingerprint(root, SOURCES);
}

/**
 * Compiles `src` into `dist` and copies its other files to the same places. The old `dist` stays whole until the
 * new one is, so a failed or killed build breaks nothing and a running host keeps its files until the swap.
 * The caller holds the set-up lock.
 * @param {string} root
 * @param {{ say: (line: string) => void, onSpawn?: (pid: number) => void }} options
 * @throws {SetupError} when the compiler found errors; they are on stderr
 */
export async function compile(root, { say, onSpawn }) {
  const startMs = performance.now();
  say("building …");
  // Beside dist, not in a deeper folder: source maps name the sources relative to where they were written.
  const next = join(root, "dist.next");
  const old = join(root, "dist.old");
  const dist = join(root, "dist");
  const stamp = fingerprint(root, SOURCES);

  rmSync(next, { recursive: true, force: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "src/tsconfig.json", "--outDir", next, "--noEmitOnError", "--pretty", "false"];
  const code = await runChild([process.execPath, tsc, ...options], { cwd: root, onSpawn });
  if (code !== 0) {
    throw new SetupError(
      "the build failed, the compiler's errors stand above: mend them and run the command again",
    );
  }

  bundleSdk(root, next);
  cpSync(join(root, "src"), next, { recursive: true, filter: isAsset });
  bundleModules(root, next);
  bundlePage(root, next);
  await bundleCommand(root, next);
  const commandFile = join(next, "cli/main.js");
  if (existsSync(commandFile)) chmodSync(commandFile, 0o755);
  writeStamp(join(next, ".build-stamp"), stamp);

  rmSync(old, { recursive: true, force: true });
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(next, dist);
  rmSync(old, { recursive: true, force: true });
  say(`built in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

/** @param {string} path */
function isAsset(path) {
  if (statSync(path).isDirectory()) return true;
  return !path.endsWith(".ts") && basename(path) !== "tsconfig.json";
}
