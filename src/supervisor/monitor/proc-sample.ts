import { countDescriptors, tellsDescriptorCount } from "./descriptor-count.js";
import { readKernelUnits } from "./kernel-units.js";
import { pageTableBytes } from "./page-tables.js";
import { ProcessFamilies } from "./process-families.js";
import { hasEnded } from "./stat-line.js";
import { KeptStatReader, readStat } from "./stat-reader.js";

/** What a process and all its descendants use at one moment. */
export interface ProcessSample {
  /** Processor time since they started, milliseconds; that of descendants which ended and were waited for included. */
  readonly cpuMs: number;
  /** Resident memory, and what the kernel needs to map it; pages that several of them share count for each. */
  readonly memoryBytes: number;
  /** Open descriptors; undefined where the system doesn't let this user look. */
  readonly descriptors: number | undefined;
  /** Number of descendants, ended ones that nobody waited for included. */
  readonly children: number;
  /** Each process that was read, with processor time of its own alone. */
  readonly members?: readonly { readonly pid: number; readonly cpuMs: number }[];
}

/** Samples processes. Never throws, never waits; a process that is gone has no entry in the answer. */
export interface ProcessReader {
  sample(pids: readonly number[]): ReadonlyMap<number, ProcessSample>;
  /** Memory only, of some of those that were sampled last. */
  glance?(pids: readonly number[]): ReadonlyMap<number, number>;
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

  /** A program whose parent is somebody else than this process runs in a sandbox, as a child of its first process. */
  function sandboxesOf(roots: ReadonlySet<number>): Map<number, number> {
    const sandboxes = new Map<number, number>();
    for (const pid of roots) {
      const parent = kept.read(pid)?.parentPid ?? 0;
      if (parent > 1 && parent !== process.pid) sandboxes.set(pid, parent);
    }
    return sandboxes;
  }

  function sampleFamily(pid: number, family: readonly number[]): ProcessSample | undefined {
    const own = kept.read(pid);
    if (own === undefined || hasEnded(own.state)) return undefined;
    let { cpuTicks, residentPages } = own;
    let tableBytes = pageTableBytes(pid);
    let descriptors = countDescriptors(pid, isCountTold);
    const toMs = (ticks: number) => (ticks * 1000) / ticksPerSecond;
    const members = [{ pid, cpuMs: toMs(own.ownCpuTicks) }];
    let children = Math.max(0, family.length - MAX_READ_DESCENDANTS);
    // Parents come before their children: one that ends meanwhile is missing once rather than counted twice.
    for (const descendant of family.slice(0, MAX_READ_DESCENDANTS)) {
      const stat = readStat(descendant);
      if (stat === undefined) continue;
      children++;
      members.push({ pid: descendant, cpuMs: toMs(stat.ownCpuTicks) });
      cpuTicks += stat.cpuTicks;
      residentPages += stat.residentPages;
      tableBytes += pageTableBytes(descendant);
      if (descriptors !== undefined) descriptors += countDescriptors(descendant, isCountTold) ?? 0;
    }
    return {
      cpuMs: toMs(cpuTicks),
      memoryBytes: residentPages * pageBytes + tableBytes,
      descriptors,
      children,
      members,
    };
  }

  return {
    sample(pids) {
      const samples = new Map<number, ProcessSample>();
      const roots = new Set(pids.filter((pid) => Number.isSafeInteger(pid) && pid > 0));
      kept.keepOnly(roots);
      if (roots.size === 0) return samples;
      for (const [pid, family] of families.find(roots, sandboxesOf(roots))) {
        const sample = sampleFamily(pid, family);
        if (sample !== undefined) samples.set(pid, sample);
      }
      return samples;
    },
    glance(pids) {
      const memory = new Map<number, number>();
      const roots = new Set(pids);
      for (const [pid, family] of families.find(roots, sandboxesOf(roots))) {
        const own = kept.read(pid);
        if (own === undefined || hasEnded(own.state)) continue;
        let bytes = own.residentPages * pageBytes + pageTableBytes(pid);
        for (const each of family.slice(0, MAX_READ_DESCENDANTS))
          bytes += (readStat(each)?.residentPages ?? 0) * pageBytes + pageTableBytes(each);
        memory.set(pid, bytes);
      }
      return memory;
    },
    close: () => kept.keepOnly(new Set()),
  };
}
