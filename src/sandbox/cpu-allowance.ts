import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { askProgram } from "./ask-program.js";
import { findTools } from "./tools.js";

/** Processor time that a process may take before the host must have looked at it again; more where many cores burn it. */
export const LEAST_ALLOWANCE_S = 30;
const ALLOWANCE_PER_CORE_S = 4;
const SET_TIMEOUT_MS = 2000;
/** Runs of prlimit at once; what is over waits for the next second. */
const MAX_RUNNING = 8;

/**
 * Moves RLIMIT_CPU of processes on as they use processor time, so that the kernel ends one that spins while the host is
 * stopped, hangs or is dead. The limit is moved when half of the allowance is used: a process that takes half a core has
 * its limit moved twice a minute, an idle one never.
 * The hard limit stays where it is: only root may raise it, so a program of machine code can ignore the signal.
 * @see setrlimit(2), prlimit(1)
 */
export class CpuAllowance {
  readonly allowanceS: number;
  readonly #set: (pid: number, seconds: number) => Promise<void>;
  readonly #limits = new Map<number, number>();
  #running = 0;

  constructor(
    set: (pid: number, seconds: number) => Promise<void> = setCpuLimit,
    cores: number = availableParallelism(),
  ) {
    this.#set = set;
    this.allowanceS = Math.max(LEAST_ALLOWANCE_S, ALLOWANCE_PER_CORE_S * cores);
  }

  /** Takes the processor time of every process that is watched; others are forgotten. Never throws. */
  note(processes: Iterable<{ readonly pid: number; readonly cpuMs: number }>): void {
    const seen = new Set<number>();
    for (const { pid, cpuMs } of processes) {
      seen.add(pid);
      const usedS = Math.ceil(cpuMs / 1000);
      const limitS = this.#limits.get(pid) ?? 0;
      // A process with less behind it than was known is another one with the same number.
      const isAnother = limitS - usedS > this.allowanceS;
      if (!isAnother && limitS - usedS > this.allowanceS / 2) continue;
      this.#move(pid, usedS + this.allowanceS);
    }
    for (const pid of this.#limits.keys()) if (!seen.has(pid)) this.#limits.delete(pid);
  }

  #move(pid: number, limitS: number): void {
    if (this.#running >= MAX_RUNNING) return;
    this.#running++;
    this.#limits.set(pid, limitS);
    this.#set(pid, limitS)
      .catch(() => {
        // It is gone, or the next second brings another attempt.
        this.#limits.delete(pid);
      })
      .finally(() => {
        this.#running--;
      });
  }
}

let prlimit: Promise<string | undefined> | undefined;

/** Sets the soft limit of a process. Rejects when it is gone, or there is no prlimit. */
async function setCpuLimit(pid: number, seconds: number): Promise<void> {
  prlimit ??= findTools().then((tools) => tools.prlimit);
  const command = await prlimit;
  if (command === undefined) throw new Error("there is no prlimit");
  const options = { ...ownerOf(pid), timeout: SET_TIMEOUT_MS };
  const { error } = await askProgram(command, ["--pid", String(pid), `--cpu=${seconds}:`], options);
  if (error !== undefined) throw error;
}

/**
 * Root sets it as the process' own user: so it needs no CAP_SYS_RESOURCE, which containers withhold, and a number that
 * went to somebody else's process meanwhile harms nobody. Throws where the process is gone.
 */
function ownerOf(pid: number): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const { uid, gid } = statSync(`/proc/${pid}`);
  return { uid, gid };
}
