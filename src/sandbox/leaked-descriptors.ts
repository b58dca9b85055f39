import { readdirSync, readFileSync } from "node:fs";

const closeOnExec = 0o2000000;

/**
 * Descriptors above 3 that children of this process would inherit. Node.js opens its own with
 * close-on-exec and marks the low ones that it was started with, up to the first gap; the others that
 * its starter left open are these. Empty where there is no /proc.
 * @see proc_pid_fdinfo(5)
 */
export function leakedDescriptors(): number[] {
  try {
    return readdirSync("/proc/self/fdinfo").map(Number).filter(isLeaked);
  } catch {
    return [];
  }
}

function isLeaked(fd: number): boolean {
  if (fd <= 3) return false;
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // The descriptor of the directory listing itself is closed by now.
    return false;
  }
}
