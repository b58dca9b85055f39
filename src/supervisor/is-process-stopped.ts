import { readFileSync } from "node:fs";

/** Whether a process is stopped by a signal or a debugger (state T or t); false where /proc doesn't tell. */
export function isProcessStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command name in parentheses may itself hold parentheses, so the state follows the last one.
    const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    return state === "T" || state === "t";
  } catch {
    return false;
  }
}
