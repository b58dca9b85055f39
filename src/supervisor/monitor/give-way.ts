import type * as NodeFs from "node:fs";

/** Where it is written down how a process fares against others: files, and the priorities of threads. */
export interface Precedence {
  readonly fs: Pick<typeof NodeFs, "readdirSync" | "readFileSync" | "writeFileSync">;
  readonly setPriority: (id: number, priority: number) => void;
}

/**
 * Lets a process with all its threads run only where others leave processor time: on Linux a priority is a thread's. It
 * stays so until it ends, since an unprivileged host may not raise a priority again. It refers to nothing outside of
 * itself: a thread may run its text.
 * @returns false when the process is gone or not this user's
 * @see sched(7), "The autogroup feature"
 */
export function giveWay({ fs, setPriority }: Precedence, pid: number): boolean {
  /** Of one process; what it starts later begins with the priority of who starts it. */
  const MAX_THREADS = 1024;
  /** As PRIORITY_BELOW_NORMAL of node:os. */
  const BEHIND = 10;

  function lower(id: number): boolean {
    try {
      setPriority(id, BEHIND);
      return true;
    } catch {
      return false;
    }
  }

  const isDone = lower(pid);
  try {
    for (const thread of fs.readdirSync(`/proc/${pid}/task`).slice(0, MAX_THREADS)) lower(Number(thread));
  } catch {
    // It is gone.
  }
  try {
    // Each module is a session of its own: where the kernel shares out time by sessions, priorities count within one only.
    const group = `/proc/${pid}/autogroup`;
    if (!fs.readFileSync(group, "latin1").endsWith(` nice ${BEHIND}\n`)) fs.writeFileSync(group, `${BEHIND}`);
  } catch {
    // The kernel knows no such groups, or took another such order less than a tenth of a second ago: to be asked again.
  }
  return isDone;
}
