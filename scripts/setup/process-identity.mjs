// @ts-check
import { readFileSync } from "node:fs";

/**
 * A process that can't be mistaken for a later one with the same number.
 * `startTime` is in clock ticks since boot, absent where there is no /proc.
 * @typedef {{ pid: number, startTime?: string | undefined }} ProcessIdentity
 */

/**
 * @param {number} pid
 * @returns {string | undefined} undefined when the process has ended, or where there is no /proc
 */
export function startTime(pid) {
  const fields = statFields(pid);
  // Numbered as in proc_pid_stat(5): 3 is the state, 22 the start time. A zombie has ended.
  return fields === undefined || fields[0] === "Z" ? undefined : fields[22 - 3];
}

/**
 * @param {ProcessIdentity} identity
 * @returns {boolean}
 */
export function isAlive(identity) {
  if (identity.startTime !== undefined) return startTime(identity.pid) === identity.startTime;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/** @param {number} pid */
function statFields(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold spaces and brackets itself.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
