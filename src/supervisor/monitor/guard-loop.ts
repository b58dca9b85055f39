import type * as NodeFs from "node:fs";
import type { CountedData, CountOrder } from "./count-now.js";
import type { CrammedFolder } from "./crammed-folder.js";
import type { ProcessWrites, WriteBook } from "./process-writes.js";

/** What a guard is told; a name that is watched already begins anew. */
export type GuardOrder =
  | {
      readonly kind: "watch";
      readonly name: string;
      readonly path: string;
      readonly maxBytes: number;
      readonly maxFiles: number;
    }
  /** The module's program runs as this process; told again, its further processes are looked for. */
  | { readonly kind: "runs"; readonly name: string; readonly pid: number }
  | { readonly kind: "forget"; readonly name: string }
  | { readonly kind: "end" };

/** A module whose data directory holds more than it may; its processes are killed as soon as this is told. */
export interface GuardFinding extends Omit<CountedData, "folders"> {
  readonly name: string;
  /** When it is this that it is killed for. */
  readonly crammed?: CrammedFolder;
}

export interface GuardMachine {
  readonly fs: Pick<typeof NodeFs, "statfsSync" | "lstatSync">;
  readonly processes: ProcessWrites;
  readonly crammedOf: (pid: number) => CrammedFolder | undefined;
  readonly count: (order: CountOrder) => CountedData | undefined;
  /** May throw for a process that is gone. */
  readonly signal: (pid: number, signal: "SIGSTOP" | "SIGCONT" | "SIGKILL") => void;
  /** Lets a process run behind all others until it ends. */
  readonly giveWay: (pid: number) => void;
  readonly nowMs: () => number;
  /** Returns after that time or when there is an order, whichever is first. */
  readonly wait: (ms: number) => void;
  readonly receive: () => GuardOrder | undefined;
  readonly tell: (finding: GuardFinding) => void;
  readonly processors: number;
}

/**
 * Keeps modules within the limits of their data directories however fast they write. It runs in a thread that does
 * nothing else, and returns on the order `end`.
 *
 * After each count a module may write half of what it has left before it is counted again. What its processes wrote the
 * kernel tells of each, and what the file system has less of in blocks and inodes tells the rest. The looks are as far
 * apart as the fastest machine would need for that half, 1 to 250 ms. A module that was fast is stopped while it is
 * counted, and one that holds 2 % more than its limit is not let go on. One that grows so fast that a guard who comes as
 * late as it did lately may come too late gives way to all others until it ends: then whatever keeps the guard from the
 * processor keeps that module from it still more. A directory of more than 20,000 files is left to those who count by the
 * clock. It refers to nothing outside of itself: the thread runs its text.
 */
export function guardLoop(machine: GuardMachine): void {
  const { processes } = machine;
  /** Above the limit by so much a module is ended; who keeps to it by the byte isn't. */
  const TOLERANCE = 1.02;
  /** What may be written in any case before the next count, as a part of the limit. */
  const LEAST_GRANT = 0.0125;
  const MAX_COUNTED = 20_000;
  /** The most that one processor writes into the page cache, and the most files that it makes. */
  const BYTES_PER_MS = 2 * 1024 * 1024;
  const FILES_PER_MS = 150;
  const processors = Math.min(machine.processors, 4);
  const LEAST_PAUSE_MS = 1;
  const MOST_PAUSE_MS = 250;
  /** Who would need longer than this for the least grant goes on while it is counted. */
  const SLOW_MS = 100;
  /** Counts for what others on this machine wrote are this far apart. */
  const FOREIGN_PAUSE_MS = 50;
  /** After a count of folders that change without holding more, the guard is free for this many times as long. */
  const CHURN_PAUSE_FACTOR = 4;
  /** How much faster than before a module may become between two counts. */
  const FASTER = 8;
  const BRIEF_MS = 10;
  const BRIEF_PAUSE_FACTOR = 20;
  const IDLE_MS = 60_000;
  const CRAMMED_PAUSE_MS = 50;
  /** In this time half is forgotten of how late the guard was, and of how fast a module grew. */
  const HALF_LIFE_MS = 500;
  /** Who could use up what it has left in the time of so many looks gives way. */
  const SAFE_LOOKS = 4;

  interface Amount {
    readonly bytes: number;
    readonly files: number;
  }
  interface Watched {
    readonly name: string;
    readonly path: string;
    readonly limit: Amount;
    readonly book: WriteBook;
    pid: number | undefined;
    /** What it wrote while it hid something: it may all be there. */
    unseenBytes: number;
    /** At the last count. */
    used: Amount | undefined;
    grant: Amount;
    /** The most that the file system had free since the last count. */
    free: Amount | undefined;
    folders: CountedData["folders"];
    /** New files since it was quiet, as of the last count. */
    filesPerMs: number;
    /** When no folder had changed yet, and when the last count was over, and how long it took. */
    quietMs: number;
    countedMs: number;
    countTookMs: number;
    /** How much it wrote in a millisecond at most, lately. */
    bytesPerMs: number;
    /** What was reached at the last look, for how fast it goes. */
    last: Amount & { readonly writtenBytes: number; readonly atMs: number };
    /** The last count, which only the file system gave cause for, found nothing new. */
    isCalm: boolean;
    /** Until then nobody asks the file system, for what others do. */
    foreignUntilMs: number;
    dueMs: number;
    /** Until then nobody looks into its folders in memory. */
    crammedDueMs: number;
    /** It was told that this one is to end. */
    isCondemned: boolean;
  }

  const NOTHING: Amount = { bytes: 0, files: 0 };
  const modules = new Map<string, Watched>();
  /** How much later than it meant to this thread was through with all modules at most, lately. */
  let lateMs = 0;

  function take(order: Exclude<GuardOrder, { kind: "end" }>): void {
    const module = modules.get(order.name);
    if (order.kind === "runs") {
      if (module !== undefined) meet(module, order.pid);
      return;
    }
    module?.book.close();
    modules.delete(order.name);
    if (order.kind === "forget") return;
    const { name, path, maxBytes, maxFiles } = order;
    modules.set(name, {
      ...{ name, path, limit: { bytes: maxBytes, files: maxFiles }, book: processes.open() },
      ...{ pid: undefined, used: undefined, free: undefined, isCondemned: false },
      ...{ folders: [], filesPerMs: 0, quietMs: 0, countedMs: 0, countTookMs: 0, foreignUntilMs: 0 },
      ...{ bytesPerMs: 0, crammedDueMs: 0 },
      ...{
        grant: NOTHING,
        last: { ...NOTHING, writtenBytes: 0, atMs: 0 },
        isCalm: false,
        dueMs: 0,
        unseenBytes: 0,
      },
    });
  }

  function meet(module: Watched, pid: number): void {
    if (module.pid !== pid) {
      module.book.keepOnly([]);
      [module.dueMs, module.isCondemned] = [0, false];
    }
    module.pid = pid;
    module.book.keepOnly(processes.familyOf(pid));
  }

  /** Empty when its program is gone: its number may be another's by then. */
  function familyOf(module: Watched): number[] {
    if (module.pid === undefined) return [];
    if (module.book.holds(module.pid)) return processes.familyOf(module.pid);
    module.pid = undefined;
    return [];
  }

  function freeAt(path: string): Amount | undefined {
    try {
      const { bsize, bfree, ffree } = machine.fs.statfsSync(path);
      return { bytes: bfree * bsize, files: ffree };
    } catch {
      return undefined;
    }
  }

  /** @returns how long it may be left alone, milliseconds */
  function look(module: Watched): number {
    const nowMs = machine.nowMs();
    if (nowMs < module.dueMs) return module.dueMs - nowMs;
    if (module.isCondemned || isCrammed(module, nowMs)) return execute(module);
    if (module.used === undefined) return recount(module, false, true);
    const written = module.book.sinceMark();
    const lost = nowMs < module.foreignUntilMs ? NOTHING : lostOf(module);
    const reached = {
      ...{ bytes: Math.max(written, lost.bytes), files: lost.files },
      ...{ writtenBytes: written, atMs: nowMs },
    };
    const sinceMs = Math.max(nowMs - module.last.atMs, LEAST_PAUSE_MS);
    const newPerMs = (written - module.last.writtenBytes) / sinceMs;
    module.bytesPerMs = Math.max(newPerMs, halved(module.bytesPerMs, sinceMs));
    const isOwn = written >= module.grant.bytes;
    const isDue = isOwn || lost.bytes >= module.grant.bytes || lost.files >= module.grant.files;
    const hasFiles = !isDue && mayHaveFiles(module, nowMs);
    const mayStop = (isOwn || !module.isCalm) && isFast(module, reached);
    module.last = reached;
    if (hasFiles) return recount(module, isMany(module, module.filesPerMs) || isBrief(module, nowMs), true);
    return isDue ? recount(module, mayStop, isOwn) : rest(module, reached);
  }

  /** @returns whether there are more files in its memory than may be; that is told */
  function isCrammed(module: Watched, nowMs: number): boolean {
    if (module.pid === undefined || nowMs < module.crammedDueMs) return false;
    module.crammedDueMs = nowMs + CRAMMED_PAUSE_MS;
    const crammed = machine.crammedOf(module.pid);
    if (crammed === undefined || familyOf(module).length === 0) return false;
    module.isCondemned = true;
    const { bytes: sizeBytes, files: entries } = module.used ?? NOTHING;
    machine.tell({
      ...{ name: module.name, sizeBytes, entries, isComplete: true, hiddenFolders: 0 },
      crammed,
    });
    return true;
  }

  /**
   * Some folder changed, and there was time to make as many files as it may: at the utmost speed after a quiet time,
   * else at some times the speed of before. The file system's own count hides them while others remove theirs.
   */
  function mayHaveFiles(module: Watched, nowMs: number): boolean {
    const { folders, filesPerMs, countedMs, countTookMs, limit, grant } = module;
    if (folders.every(({ path, changedMs }) => changedAt(path) === changedMs)) {
      module.quietMs = nowMs;
      return false;
    }
    const wasQuiet = module.quietMs >= countedMs;
    const leastPerMs = (limit.files * LEAST_GRANT) / SLOW_MS;
    const mostPerMs = FILES_PER_MS * processors;
    const perMs = wasQuiet ? mostPerMs : Math.min(mostPerMs, Math.max(leastPerMs, filesPerMs * FASTER));
    const passedMs = nowMs - countedMs;
    const isFree = isMany(module, filesPerMs) || passedMs >= countTookMs * CHURN_PAUSE_FACTOR;
    return isFree && passedMs * perMs >= grant.files;
  }

  function isMany({ limit }: Watched, filesPerMs: number): boolean {
    return filesPerMs * SLOW_MS >= Math.max(1, limit.files * LEAST_GRANT);
  }

  /** The last count was short, and so long ago that to be stopped for another costs a module next to nothing. */
  function isBrief({ countedMs, countTookMs }: Watched, nowMs: number): boolean {
    return countTookMs <= BRIEF_MS && nowMs - countedMs >= countTookMs * BRIEF_PAUSE_FACTOR;
  }

  function changedAt(path: Uint8Array): number | undefined {
    try {
      return machine.fs.lstatSync(Buffer.from(path), { throwIfNoEntry: false })?.ctimeMs;
    } catch {
      return undefined;
    }
  }

  /** What the file system has less than when it had most: what others removed meanwhile hides nothing. */
  function lostOf(module: Watched): Amount {
    const free = freeAt(module.path);
    if (free === undefined) return NOTHING;
    const most = module.free ?? free;
    module.free = { bytes: Math.max(free.bytes, most.bytes), files: Math.max(free.files, most.files) };
    return { bytes: module.free.bytes - free.bytes, files: module.free.files - free.files };
  }

  function isFast({ last, limit }: Watched, reached: Watched["last"]): boolean {
    const part = SLOW_MS / Math.max(reached.atMs - last.atMs, LEAST_PAUSE_MS);
    const isFastInBytes = (reached.bytes - last.bytes) * part >= limit.bytes * LEAST_GRANT;
    return isFastInBytes || (reached.files - last.files) * part >= Math.max(1, limit.files * LEAST_GRANT);
  }

  /** Not again before the fastest machine could have used up what is left of its grant. */
  function rest(module: Watched, { bytes, files }: Amount): number {
    const bytesMs = (module.grant.bytes - bytes) / (BYTES_PER_MS * processors);
    const filesMs = (module.grant.files - files) / (FILES_PER_MS * processors);
    return again(module, Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, Math.min(bytesMs, filesMs))));
  }

  function again(module: Watched, pauseMs: number): number {
    module.dueMs = machine.nowMs() + pauseMs;
    return pauseMs;
  }

  function recount(module: Watched, mayStop: boolean, isOwn: boolean): number {
    const stopped = mayStop ? stop(module) : [];
    if (count(module, isOwn)) return execute(module);
    if (isTight(module)) for (const pid of familyOf(module)) machine.giveWay(pid);
    // Whom an operator stopped meanwhile stays so.
    const running = stopped.filter((each) => !processes.isStoppedTwice(each));
    send(running, "SIGCONT");
    if (module.grant.bytes === Number.POSITIVE_INFINITY) return again(module, IDLE_MS);
    if (!isOwn && module.isCalm) module.foreignUntilMs = machine.nowMs() + FOREIGN_PAUSE_MS;
    return rest(module, NOTHING);
  }

  function isTight({ used = NOTHING, limit, bytesPerMs, filesPerMs }: Watched): boolean {
    const unseenMs = (lateMs + LEAST_PAUSE_MS) * SAFE_LOOKS;
    return (
      limit.bytes - used.bytes < bytesPerMs * unseenMs || limit.files - used.files < filesPerMs * unseenMs
    );
  }

  /** Stops those of its processes that nobody else stopped, until there are no further ones. */
  function stop(module: Watched): number[] {
    const seen = new Set<number>();
    const stopped: number[] = [];
    for (let round = 0; round < 3; round++) {
      const fresh = familyOf(module).filter((each) => !seen.has(each));
      if (fresh.length === 0) break;
      for (const each of fresh) seen.add(each);
      const running = fresh.filter((each) => !processes.isStopped(each));
      send(running, "SIGSTOP");
      stopped.push(...running);
    }
    return stopped;
  }

  function send(pids: readonly number[], signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    for (const pid of pids) {
      try {
        machine.signal(pid, signal);
      } catch {
        // It is gone.
      }
    }
  }

  /** @returns whether there is more than may be; that is told */
  function count(module: Watched, isOwn: boolean): boolean {
    const { name, path, limit, book, used: before = NOTHING } = module;
    const pids = familyOf(module);
    // Before the count: what a call under way adds meanwhile counts as written after it.
    book.keepOnly(pids);
    const writtenBytes = book.sinceMark();
    book.mark();
    module.free = freeAt(path);
    module.last = { ...NOTHING, writtenBytes: 0, atMs: machine.nowMs() };
    const startMs = machine.nowMs();
    const counted = machine.count({ path, pids, maxEntries: MAX_COUNTED });
    const endMs = machine.nowMs();
    const isHidden = (counted?.hiddenFolders ?? 0) > 0;
    module.unseenBytes = isHidden ? module.unseenBytes + writtenBytes : 0;
    const sizeBytes = (counted?.sizeBytes ?? 0) + module.unseenBytes;
    const used = { bytes: sizeBytes, files: counted?.entries ?? 0 };
    const sinceMs = Math.max(startMs - Math.max(module.quietMs, module.countedMs), LEAST_PAUSE_MS);
    const isFirst = module.used === undefined;
    module.filesPerMs = isFirst ? 0 : Math.max(0, used.files - before.files) / sinceMs;
    if (isFirst) module.quietMs = endMs;
    [module.countedMs, module.countTookMs] = [endMs, endMs - startMs];
    module.folders = counted?.folders ?? [];
    module.used = used;
    const leftBytes = limit.bytes * TOLERANCE - used.bytes;
    const leftFiles = limit.files * TOLERANCE - used.files;
    if (counted !== undefined && pids.length > 0 && (leftBytes < 0 || leftFiles < 0)) {
      module.isCondemned = true;
      const { entries, isComplete, hiddenFolders } = counted;
      machine.tell({ name, sizeBytes, entries, isComplete, hiddenFolders });
      return true;
    }
    if (counted === undefined || (!counted.isComplete && !isHidden)) {
      module.grant = { bytes: Number.POSITIVE_INFINITY, files: Number.POSITIVE_INFINITY };
      return false;
    }
    module.grant = {
      bytes: Math.max(leftBytes / 2, limit.bytes * LEAST_GRANT, 4096),
      files: Math.max(leftFiles / 2, limit.files * LEAST_GRANT, 1),
    };
    const isMore =
      used.bytes - before.bytes >= module.grant.bytes / 4 ||
      used.files - before.files >= module.grant.files / 4;
    module.isCalm = !isOwn && !isMore;
    return false;
  }

  function halved(value: number, passedMs: number): number {
    return value * 0.5 ** (passedMs / HALF_LIFE_MS);
  }

  /** At once: a call that is under way goes on writing in a process that is stopped, and not in one that is killed. */
  function execute(module: Watched): number {
    send(familyOf(module), "SIGKILL");
    return again(module, module.pid === undefined ? IDLE_MS : LEAST_PAUSE_MS);
  }

  let turnedMs = machine.nowMs();
  for (;;) {
    for (let order = machine.receive(); order !== undefined; order = machine.receive()) {
      if (order.kind === "end") {
        for (const { book } of modules.values()) book.close();
        return;
      }
      take(order);
    }
    let pauseMs = IDLE_MS;
    for (const module of modules.values()) pauseMs = Math.min(pauseMs, look(module));
    machine.wait(pauseMs);
    const turnMs = machine.nowMs() - turnedMs;
    turnedMs += turnMs;
    lateMs = Math.max(turnMs - pauseMs, halved(lateMs, turnMs));
  }
}
