import { readdirSync, readFileSync } from "node:fs";

/** Reads what `bwrap --info-fd` writes: JSON whose "child-pid" is the first process in the sandbox; it may come in pieces. */
export function sandboxPidOf(text: string): number | undefined {
  const [, pid] = /"child-pid":\s*(\d+)[,\s}]/.exec(text) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * The module's own process: the only child of the sandbox's first one, where that is the first of a process namespace of
 * its own; else that one itself. Undefined while there is none.
 */
export function programPidOf(sandboxPid: number): number | undefined {
  if (!isFirstOfNamespace(sandboxPid)) return sandboxPid;
  try {
    const children = readFileSync(`/proc/${sandboxPid}/task/${sandboxPid}/children`, "latin1");
    const pid = Number.parseInt(children, 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch {
    // Kernels without that file: whoever has it for a parent.
    return firstChildOf(sandboxPid);
  }
}

/** By the last of its numbers, that of the innermost namespace. @see proc_pid_status(5), NSpid */
function isFirstOfNamespace(pid: number): boolean {
  try {
    const [, innermost] = /^NSpid:.*\s(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return innermost === undefined || innermost === "1";
  } catch {
    return true;
  }
}

function firstChildOf(parent: number): number | undefined {
  try {
    return readdirSync("/proc")
      .map(Number)
      .find((pid) => Number.isInteger(pid) && parentOf(pid) === parent);
  } catch {
    return undefined;
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
