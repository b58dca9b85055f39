import { readdirSync, readFileSync, readlinkSync } from "node:fs";

interface ProcessRow {
  readonly pid: number;
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
}

/** Every process that runs on this machine, as /proc tells it; zombies are no longer running. */
function runningProcesses(): ProcessRow[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state = "", parentPid, groupId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z" || state === "X") return [];
      return [{ pid: Number(name), state, parentPid: Number(parentPid), groupId: Number(groupId) }];
    } catch {
      return [];
    }
  });
}

/** The pids of this process's own children. */
export function childPids(parentPid = process.pid): number[] {
  return runningProcesses()
    .filter((row) => row.parentPid === parentPid)
    .map(({ pid }) => pid);
}

/** The pids of a process group. */
export function groupPids(groupId: number): number[] {
  return runningProcesses()
    .filter((row) => row.groupId === groupId)
    .map(({ pid }) => pid);
}

/** What this process holds, one entry a piece: open descriptors, what keeps the event loop busy, children. */
export function holdings(): readonly string[] {
  const descriptors = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [`fd ${readlinkSync(`/proc/self/fd/${fd}`).replace(/\[\d+\]$/, "")}`];
    } catch {
      // The descriptor by which the folder itself was read.
      return [];
    }
  });
  const children = childPids().map((pid) => `child ${pid}`);
  return [...descriptors, ...process.getActiveResourcesInfo(), ...children];
}

/**
 * Waits until this process holds nothing that it didn't hold before; resolves with what it still holds when it
 * gives up. It starts no timer of its own: that would be one of the things that it looks for.
 */
export async function surplusSince(before: readonly string[], withinMs = 10_000): Promise<string[]> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const surplus = without(holdings(), [...before, "Immediate"]);
    if (surplus.length === 0 || performance.now() > endMs) return surplus;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function without(all: readonly string[], known: readonly string[]): string[] {
  const left = [...known];
  return all.filter((entry) => {
    const at = left.indexOf(entry);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}
