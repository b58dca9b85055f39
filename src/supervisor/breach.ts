import { availableParallelism } from "node:os";
import { type LaunchLimits, LEAST_ALLOWANCE_S } from "../sandbox/index.js";
import { byteText } from "./monitor/byte-text.js";

/** All that is known of a module's end, for finding out whether a limit ended it. */
export interface EndEvidence {
  readonly code: number | null;
  readonly signal: string | null;
  readonly limits: LaunchLimits;
  /** Processes that the kernel killed because the module's control group was full. */
  readonly memoryKills: number;
  /** A runtime's own line about memory that it didn't get. */
  readonly memoryWords: string | undefined;
  readonly lastMemoryBytes: number | undefined;
  /** Whether the kernel was given limits for it. */
  readonly isLimited: boolean;
  /** Since its start. */
  readonly livedMs: number;
}

/** Sooner nobody used up the processor time that the host allows before it looks again. */
const SOONEST_CPU_BREACH_MS = (LEAST_ALLOWANCE_S * 1000) / availableParallelism();

/**
 * The limit that ended a module, in words: `memory: 256 MiB limit, died at 251 MiB resident`. It is told only where
 * something says so: the kernel's count of its control group, the runtime's own last words, or a signal that the kernel
 * sends for one limit alone.
 * @returns undefined when nothing says that it was a limit
 */
export function breachOf(evidence: EndEvidence): string | undefined {
  const { code, signal, limits, memoryKills, memoryWords } = evidence;
  // Anybody can send these signals: they tell of a limit only where one can have been met.
  if (signal === "SIGXCPU" && evidence.livedMs >= SOONEST_CPU_BREACH_MS) {
    return "processor time: the kernel ended it, since the host did not move its limit on (RLIMIT_CPU)";
  }
  if (signal === "SIGXFSZ" && evidence.isLimited)
    return `file size: ${byteText(limits.fileBytes)} limit for one file (max_file_bytes)`;
  if (signal === "SIGKILL" && memoryKills > 0) return `${memoryText(evidence)} (killed by the kernel)`;
  const isFailure = signal !== null || (code !== null && code !== 0);
  return isFailure && memoryWords !== undefined ? `${memoryText(evidence)} (${memoryWords})` : undefined;
}

function memoryText({ limits, lastMemoryBytes }: EndEvidence): string {
  const limit = `memory: ${byteText(limits.memoryBytes)} limit`;
  if (lastMemoryBytes === undefined) return `${limit}, died before it was looked at`;
  return `${limit}, died at ${byteText(lastMemoryBytes)} resident`;
}
