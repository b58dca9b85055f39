import { countDescriptors, tellsDescriptorCount } from "./descriptor-count.js";
import { readKernelUnits } from "./kernel-units.js";
import { ProcessFamilies } from "./process-families.js";
import { hasEnded } from "./stat-line.js";
import { KeptStatReader, readStat } from "./stat-reader.js";

/** What a process and all its descendants use at one moment. */
export interface ProcessSample {
  /** Processor time since they started, milliseconds; that of descendants which ended and were waited for included. */
  readonly cpuMs: number;
  /** Resident memory; pages that several of them share count for each. */
  readonly memoryBytes: number;
  /** Open descriptors; undefined where the system doesn't let this user look. */
  readonly descriptors: number | undefined;
  /** Number of descendants, ended ones that nobody waited for included. */
  readonly children: number;
}

/** Samples processes. Never throws, never waits; a process that is gone has no entry in the answer. */
export interface ProcessReader {
  sample(pids: readonly number[]): ReadonlyMap<number, ProcessSample>;
  /** Closes what it holds open. Idempotent. */
  close(): void;
}

/** Descendants of one process whose figures are added up; further ones are counted as children only. */
const MAX_READ_DESCENDANTS = 256;

/**
 * Opens a reader of `/proc`, with one descriptor per process that it is asked about; whoever opens it closes it.
 * @returns undefined on a system without /proc
 */
export function openProcessReader(): ProcessReader | undefined {
  if (process.platform !== "linux" || readStat(process.pid) === undefined) return undefined;
  const { ticksPerSecond, pageBytes } = readKernelUnits();
  const isCountTold = tellsDescriptorCount();
  const kept = new KeptStatReader();
  const families = new ProcessFamilies(readStat);

  function sampleFamily(pid: number, family: readonly number[]): ProcessSample | undefined {
    const own = kept.read(pid);
    if (own === undefined || hasEnded(own.state)) return undefined;
    let { cpuTicks, residentPages } = own;
    let descriptors = countDescriptors(pid, isCountTold);
    let children = Math.max(0, family.length - MAX_READ_DESCENDANTS);
    // Parents come before their children: one that ends meanwhile is missing once rather than counted twice.
    for (const descendant of family.slice(0, MAX_READ_DESCENDANTS)) {
      const stat = readStat(descendant);
      if (stat === undefined) continue;
      children++;
      cpuTicks += stat.cpuTicks;
      residentPages += stat.residentPages;
      if (descriptors !== undefined) descriptors += countDescriptors(descendant, isCountTold) ?? 0;
    }
    const cpuMs = (cpuTicks * 1000) / ticksPerSecond;
    return { cpuMs, memoryBytes: residentPages * pageBytes, descriptors, children };
  }

  return {
    sample(pids) {
      const samples = new Map<number, ProcessSample>();
      const roots = new Set(pids.filter((pid) => Number.isSafeInteger(pid) && pid > 0));
      kept.keepOnly(roots);
      if (roots.size === 0) return samples;
      for (const [pid, family] of families.find(roots)) {
        const sample = sampleFamily(pid, family);
        if (sample !== undefined) samples.set(pid, sample);
      }
      return samples;
    },
    close: () => kept.keepOnly(new Set()),
  };
}
