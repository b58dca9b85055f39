import { readdirSync } from "node:fs";
import type { ProcessStat } from "./stat-line.js";

/** Processes that are looked at per call: 500 take about 12 ms. The others wait for the next call. */
const MAX_READS = 500;
/** A process that is known is looked at again in every so manieth call: its number may be another's by now. */
const RECHECK_CALLS = 10;

export interface ProcessSource {
  /** Names in `/proc`; numbers are processes. */
  list(): readonly string[];
  read(pid: number): Pick<ProcessStat, "parentPid" | "sessionId"> | undefined;
}

/**
 * Finds the descendants of processes in one walk for all of them. Each process of the machine is read when it is new
 * and then every tenth time: one that belongs to nobody here can't come to belong to somebody later.
 * An orphan is found by its session, or below the first process of the sandbox that it can't leave; without a sandbox, a
 * process that left both its parent and its session is not found.
 */
export class ProcessFamilies {
  readonly #source: ProcessSource;
  readonly #known = new Map<number, Pick<ProcessStat, "parentPid" | "sessionId">>();
  #calls = 0;

  constructor(read: ProcessSource["read"], list: ProcessSource["list"] = () => readdirSync("/proc")) {
    this.#source = { read, list };
  }

  /**
   * The descendants of each root, parents before their children; another root and its descendants are not among them.
   * @param sandboxes the first process of a root's sandbox, by the root: what that has for children is the root's
   */
  find(
    roots: ReadonlySet<number>,
    sandboxes: ReadonlyMap<number, number> = new Map(),
  ): ReadonlyMap<number, readonly number[]> {
    this.#refresh();
    const byParent = new Map<number, number[]>();
    const bySession = new Map<number, number[]>();
    for (const [pid, { parentPid, sessionId }] of this.#known) {
      if (roots.has(pid)) continue;
      append(byParent, parentPid, pid);
      if (roots.has(sessionId)) append(bySession, sessionId, pid);
    }
    // Numbers that changed hands may close a circle of parents: nobody is visited twice.
    const seen = new Set<number>();
    const families = new Map<number, readonly number[]>();
    for (const root of roots) {
      const family: number[] = [];
      const take = (pids: readonly number[] = []) => {
        for (const pid of pids) {
          if (seen.has(pid)) continue;
          seen.add(pid);
          family.push(pid);
        }
      };
      let followed = 0;
      const followChildren = () => {
        for (; followed < family.length; followed++) take(byParent.get(family[followed] as number));
      };
      take(byParent.get(root));
      followChildren();
      take(bySession.get(root));
      const sandbox = sandboxes.get(root);
      if (sandbox !== undefined) take(byParent.get(sandbox));
      followChildren();
      families.set(root, family);
    }
    return families;
  }

  #refresh(): void {
    this.#calls++;
    const pids = this.#list();
    if (pids === undefined) return;
    const present = new Set(pids);
    for (const pid of this.#known.keys()) if (!present.has(pid)) this.#known.delete(pid);
    const strangers = pids.filter((pid) => !this.#known.has(pid));
    const due = pids.filter((pid) => this.#known.has(pid) && (pid + this.#calls) % RECHECK_CALLS === 0);
    for (const pid of [...strangers, ...due].slice(0, MAX_READS)) {
      const stat = this.#source.read(pid);
      if (stat === undefined) this.#known.delete(pid);
      else this.#known.set(pid, { parentPid: stat.parentPid, sessionId: stat.sessionId });
    }
  }

  /** Undefined when this process can't open anything more: what is known stands. */
  #list(): number[] | undefined {
    try {
      return this.#source
        .list()
        .map(Number)
        .filter((pid) => Number.isSafeInteger(pid) && pid > 0);
    } catch {
      return undefined;
    }
  }
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
