// @ts-check
import { join } from "node:path";
import { compile, isBuilt } from "./compile.mjs";
import { install, isInstalled } from "./install.mjs";
import { acquireLock } from "./lock.mjs";

const WAIT_MS = 10 * 60_000;

/**
 * Installs and builds what is not up to date; does nothing, and starts no program, when all of it is.
 * One process at a time works in a clone; a second one says so, waits, and then finds the work done.
 * @param {string} root
 * @param {{ say: (line: string) => void, rebuild?: boolean, extraFolders?: string[] }} options `extraFolders`:
 *   further folders with a package.json and lock file of their own
 */
export async function prepare(root, { say, rebuild = false, extraFolders = [] }) {
  const folders = [root, ...extraFolders.map((name) => join(root, name))];
  if (!rebuild && folders.every(isInstalled) && isBuilt(root)) return;

  const lock = await acquireLock(join(root, ".setup"), {
    waitMs: WAIT_MS,
    onWait: (pid) =>
      say(`process ${pid} is installing or building here; waiting for it, ${WAIT_MS / 60_000} min at most …`),
  });
  try {
    const options = { say, onSpawn: lock.setWorker };
    for (const folder of folders) {
      if (!isInstalled(folder)) await install(folder, options);
    }
    if (rebuild || !isBuilt(root)) await compile(root, options);
  } finally {
    lock.release();
  }
}
