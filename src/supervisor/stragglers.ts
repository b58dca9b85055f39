import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait, setImmediate as yieldToOthers } from "node:timers/promises";
import { errorCode, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";

/** Processes that are looked at before others have their turn in this process. */
const AT_ONCE = 250;
/** How long it is looked for processes that start others faster than they are found. */
const LONGEST_MS = 2000;
/** What was killed takes a moment to go. */
const PAUSE_MS = 2;

/**
 * Kills what an ended module left outside of its process group, by the variable that it began with: a child that called
 * setsid(2) still has it, unless it erased its environment. Looks until nothing is found, at most {@link LONGEST_MS};
 * without /proc it finds nothing. Never rejects.
 * @param variable a name and a value that no other process has
 */
export async function killStragglers(
  { log }: { readonly log: Logger },
  variable: readonly [string, string],
): Promise<void> {
  const mark = `\0${variable.join("=")}\0`;
  const endMs = performance.now() + LONGEST_MS;
  let found: number;
  const killed = new Set<number>();
  do {
    found = 0;
    const knownCount = killed.size;
    let looked = 0;
    for (const pid of processes()) {
      if (hasMark(pid, mark)) {
        found++;
        killed.add(pid);
        kill(pid, log);
      }
      if (++looked % AT_ONCE === 0) await yieldToOthers();
    }
    // Whoever is new may have started another before the end: at once, lest that one be faster.
    if (found > 0) await (killed.size > knownCount ? yieldToOthers() : wait(PAUSE_MS));
  } while (found > 0 && performance.now() < endMs);
  if (killed.size > 0) log.debug({ count: killed.size, left: found }, "killed what a module left behind");
}

function processes(): number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid > 1 && pid !== process.pid);
  } catch {
    return [];
  }
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(mark);
  } catch {
    // Gone, or another user's: no module of this host.
    return false;
  }
}

function kill(pid: number, log: Logger): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (errorCode(error) !== "ESRCH") {
      log.warn(
        { pid, error: errorMessage(error) },
        "a process that a module left behind could not be killed",
      );
    }
  }
}
