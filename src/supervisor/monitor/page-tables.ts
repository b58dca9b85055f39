import { readFileSync } from "node:fs";

const KIB = 1024;

/**
 * Memory that the kernel needs to map that of a process. It is no resident memory and no data: a program that only reads
 * from far apart takes 2 GiB for each TiB that it spans, and no limit of the kernel counts it.
 * @returns 0 for a process that is gone
 */
export function pageTableBytes(pid: number): number {
  try {
    const [, kib] = /^VmPTE:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
    return Number(kib ?? 0) * KIB;
  } catch {
    return 0;
  }
}
