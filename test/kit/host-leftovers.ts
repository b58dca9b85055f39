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

/** What this process holds: open descriptors, active handles and children. Two of them can be compared. */
export interface Holdings {
  /** What each open descriptor is, with the inode left out; sorted. */
  readonly descriptors: readonly string[];
  /** Sockets, servers, timers, child processes that keep the event loop busy; sorted. */
  readonly resources: readonly string[];
  readonly children: readonly number[];
}

export function holdings(): Holdings {
  const descriptors = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`).replace(/\[\d+\]$/, "")];
    } catch {
      // The descriptor by which the folder itself was read.
      return [];
    }
  });
  return {
    descriptors: descriptors.sort(),
    // Calls of the file system come and go by themselves, and so does what wakes the loop at once.
    resources: process
      .getActiveResourcesInfo()
      .filter((name) => !["FSReqPromise", "FSReqCallback", "Immediate"].includes(name))
      .sort(),
    children: childPids().sort((a, b) => a - b),
  };
}
