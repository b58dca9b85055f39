import { opendirSync, statSync } from "node:fs";

/** Where descriptors must be counted one by one, counting ends here: a module can't hold this process up. */
const MAX_COUNTED = 10_000;

/** Whether the kernel tells the number of descriptors as the folder's size, as Linux does since 6.2. */
export function tellsDescriptorCount(): boolean {
  try {
    return statSync("/proc/self/fd").size > 0;
  } catch {
    return false;
  }
}

/**
 * Number of open descriptors of a process; undefined when it is gone or may not be looked into.
 * Counted one by one (`isTold` false) it is at most {@link MAX_COUNTED}.
 */
export function countDescriptors(pid: number, isTold: boolean): number | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return isTold ? statSync(folder).size : countEntries(folder);
  } catch {
    return undefined;
  }
}

function countEntries(folder: string): number {
  const entries = opendirSync(folder, { bufferSize: 256 });
  try {
    let count = 0;
    while (count < MAX_COUNTED && entries.readSync() !== null) count++;
    return count;
  } finally {
    entries.closeSync();
  }
}
