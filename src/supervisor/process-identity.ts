import { readFile } from "node:fs/promises";
import { errorCode } from "../errors.js";

/** A process that can be told from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; null where there is no /proc. */
  readonly startTicks: string | null;
  /** Random per boot of the machine; null where there is no /proc. */
  readonly bootId: string | null;
}

/** The identity of this process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const stat = await processStat(process.pid);
  return { pid: process.pid, startTicks: stat?.startTicks ?? null, bootId: await readBootId() };
}

/**
 * Whether a process still lives; a stopped one does, a zombie doesn't. Without /proc, or where it hides
 * the process, its number alone decides. Sees no further than its own pid namespace.
 */
export async function isAlive({ pid, startTicks, bootId }: ProcessIdentity): Promise<boolean> {
  const currentBootId = await readBootId();
  if (bootId !== null && currentBootId !== null && bootId !== currentBootId) return false;
  if (!hasPid(pid)) return false;
  const stat = await processStat(pid);
  if (stat === undefined) return hasPid(pid);
  if (stat.state === "Z" || stat.state === "X") return false;
  return startTicks === null || stat.startTicks === startTicks;
}

function hasPid(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

async function readBootId(): Promise<string | null> {
  try {
    return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  } catch {
    return null;
  }
}

/** Fields 3 and 22 of proc(5) stat; the name in field 2 may hold spaces and brackets of its own. */
async function processStat(pid: number): Promise<{ state: string; startTicks: string } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, startTicks] = [fields[0], fields[19]];
    return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
  } catch {
    return undefined;
  }
}
