import { constants, setPriority } from "node:os";

/**
 * Lets a process run only where others leave processor time. It stays so until it ends: an unprivileged host may not
 * raise a priority again.
 * @returns false when the process is gone or not this user's
 */
export function giveWay(pid: number): boolean {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
    return true;
  } catch {
    return false;
  }
}
