import { readdirSync, readFileSync } from "node:fs";

/**
 * The module's own process in a sandbox whose first process is `sandboxPid`: number 2 in a namespace of processes, where
 * the first one only waits; without such a namespace the first one itself. Undefined while it isn't there and when it is
 * gone; what the module forks is never taken for it. Costs a few reads of small files.
 * @see proc_pid_status(5), NSpid
 */
export function programPidOf(sandboxPid: number): number | undefined {
  const first = innermostPid(sandboxPid);
  if (first === undefined) return undefined;
  if (first !== 1) return sandboxPid;
  return childrenOf(sandboxPid).find((pid) => innermostPid(pid) === 2);
}

/** The pid of a process as its own namespace numbers it; undefined when it is gone, or the kernel doesn't tell. */
function innermostPid(pid: number): number | undefined {
  try {
    const [, numbers] = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return numbers === undefined ? undefined : Number(numbers.split(/\s+/).at(-1));
  } catch {
    return undefined;
  }
}

function childrenOf(parent: number): number[] {
  try {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "latin1");
    return children.split(" ").filter(Boolean).map(Number);
  } catch {
    // Kernels without that file: whoever has it for a parent.
    return allProcesses().filter((pid) => parentOf(pid) === parent);
  }
}

function allProcesses(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
