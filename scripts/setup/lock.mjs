// @ts-check
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, startTime } from "./process-identity.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * @typedef {import("./process-identity.mjs").ProcessIdentity} ProcessIdentity
 * @typedef {{ host: string, holder: ProcessIdentity, worker?: ProcessIdentity, isReleased: boolean }} Claim
 * @typedef {{ setWorker(pid: number): void, release(): void }} Lock
 */

/**
 * Takes the lock that lives in `folder`, waiting while another process holds it.
 *
 * Claims are files `claim.1`, `claim.2`, …; the highest number is the holder. A claim whose holder (and worker)
 * is dead, or that was released, is followed by the next number, which only one contender can create. The
 * highest file is never removed, not even on release: so two contenders that both saw a dead holder can't both
 * win, which unlinking and recreating one lock file can't promise.
 *
 * @param {string} folder
 * @param {{ waitMs: number, pollMs?: number, onWait?: (holderPid: number) => void }} options `onWait` is called
 *   once per holder that has to be waited for
 * @returns {Promise<Lock>}
 * @throws {SetupError} after `waitMs`, naming the holder and the file
 */
export async function acquireLock(folder, { waitMs, pollMs = 100, onWait }) {
  mkdirSync(folder, { recursive: true });
  const deadlineMs = performance.now() + waitMs;
  let toldAbout = 0;
  for (;;) {
    const top = highestClaim(folder);
    const claim = readClaim(folder, top);
    if (claim === undefined || !isHeld(claim)) {
      const lock = tryClaim(folder, top + 1);
      if (lock !== undefined) return lock;
      continue;
    }
    if (performance.now() >= deadlineMs) {
      throw new SetupError(
        `process ${claim.holder.pid} on ${claim.host} has been setting up for more than ${Math.round(waitMs / 1000)} s; ` +
          `end it, or, when it is long gone, delete ${claimFile(folder, top)}`,
      );
    }
    if (toldAbout !== top) {
      toldAbout = top;
      onWait?.(claim.holder.pid);
    }
    await delay(pollMs);
  }
}

/**
 * @param {string} folder
 * @param {number} number
 * @returns {Lock | undefined} undefined when another contender was faster
 */
function tryClaim(folder, number) {
  /** @type {Claim} */
  const claim = {
    host: hostname(),
    holder: { pid: process.pid, startTime: startTime(process.pid) },
    isReleased: false,
  };
  const temporary = join(folder, `new.${process.pid}`);
  writeFileSync(temporary, JSON.stringify(claim));
  try {
    linkSync(temporary, claimFile(folder, number));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return undefined;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  // A slow contender can create a number that a later holder has already tidied away.
  if (highestClaim(folder) > number) {
    rmSync(claimFile(folder, number), { force: true });
    return undefined;
  }
  for (const older of claimNumbers(folder)) {
    if (older < number) rmSync(claimFile(folder, older), { force: true });
  }

  const rewrite = () => {
    writeFileSync(temporary, JSON.stringify(claim));
    renameSync(temporary, claimFile(folder, number));
  };
  return {
    setWorker(pid) {
      claim.worker = { pid, startTime: startTime(pid) };
      rewrite();
    },
    release() {
      claim.isReleased = true;
      rewrite();
    },
  };
}

/**
 * A claim of another machine (or container) can't be checked and counts as held.
 * @param {Claim} claim
 */
function isHeld(claim) {
  if (claim.isReleased) return false;
  if (claim.host !== hostname()) return true;
  return isAlive(claim.holder) || (claim.worker !== undefined && isAlive(claim.worker));
}

/**
 * @param {string} folder
 * @param {number} number
 */
function claimFile(folder, number) {
  return join(folder, `claim.${number}`);
}

/**
 * @param {string} folder
 * @param {number} number
 * @returns {Claim | undefined} undefined when there is none, or when a power cut left it empty
 */
function readClaim(folder, number) {
  try {
    return JSON.parse(readFileSync(claimFile(folder, number), "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} folder */
function highestClaim(folder) {
  return Math.max(0, ...claimNumbers(folder));
}

/** @param {string} folder */
function claimNumbers(folder) {
  return readdirSync(folder)
    .filter((name) => /^claim\.\d+$/.test(name))
    .map((name) => Number(name.slice("claim.".length)));
}
