import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** Of one process; what it starts later begins with the priority of who starts it. */
const MAX_THREADS = 1024;

/**
 * Lets a process with all its threads run only where others leave processor time: on Linux a priority is a thread's. It
 * stays so until it ends, since an unprivileged host may not raise a priority again.
 * @returns false when the process is gone or not this user's
 */
export function giveWay(pid: number): boolean {
  const isDone = lower(pid);
  for (const thread of threadsOf(pid)) lower(thread);
  return isDone;
}

function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).slice(0, MAX_THREADS).map(Number);
  } catch {
    return [];
  }
}

function lower(id: number): boolean {
  try {
    setPriority(id, constants.priority.PRIORITY_BELOW_NORMAL);
    return true;
  } catch {
    return false;
  }
}
