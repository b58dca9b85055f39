import type * as NodeFs from "node:fs";

/** What the processes of one module wrote since it was asked to remember that. */
export interface WriteBook {
  /** Takes up processes that are new, with all that they wrote so far, and drops those that are gone. */
  keepOnly(pids: readonly number[]): void;
  /** Through calls, or by making pages of mapped files dirty, whichever is more. */
  sinceMark(): number;
  mark(): void;
  /** The process that was taken up under this number lives: another one by that number is none of the module's. */
  holds(pid: number): boolean;
  close(): void;
}

export interface ProcessWrites {
  /** A module's program, what that started, and what came below the first process of its sandbox. At most 256. */
  familyOf(pid: number): number[];
  isStopped(pid: number): boolean;
  /** Somebody stopped it once more while it was stopped: the kernel keeps that signal waiting. */
  isStoppedTwice(pid: number): boolean;
  open(): WriteBook;
}

/**
 * Reads from `/proc` what processes write; one descriptor per process stays open, and belongs to that process also
 * when its number becomes another's. It refers to nothing outside of itself: a thread may run its text.
 */
export function processWrites(
  fs: Pick<typeof NodeFs, "openSync" | "closeSync" | "readSync" | "readFileSync" | "readdirSync">,
  hostPid: number,
): ProcessWrites {
  const MAX_PROCESSES = 256;
  const line = Buffer.alloc(512);

  function textOf(path: string): string {
    try {
      return fs.readFileSync(path, "latin1");
    } catch {
      return "";
    }
  }

  /** State and parent stand behind the name, which may hold anything. */
  function statOf(pid: number): string[] {
    const stat = textOf(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  }

  function childrenOf(pid: number): number[] {
    try {
      const threads = fs.readdirSync(`/proc/${pid}/task`);
      const lists = threads.map((thread) => textOf(`/proc/${pid}/task/${thread}/children`));
      return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
    } catch {
      return [];
    }
  }

  interface Entry {
    readonly fd: number;
    called: number;
    dirtied: number;
  }

  function totalsOf(fd: number): { readonly called: number; readonly dirtied: number } {
    const io = line.toString("latin1", 0, fs.readSync(fd, line, 0, line.length, 0));
    const numberOf = (pattern: RegExp) => Number(pattern.exec(io)?.[1] ?? 0);
    return { called: numberOf(/^wchar: (\d+)/m), dirtied: numberOf(/^write_bytes: (\d+)/m) };
  }

  function open(): WriteBook {
    const entries = new Map<number, Entry>();
    function drop(pid: number, { fd }: Entry): void {
      fs.closeSync(fd);
      entries.delete(pid);
    }
    /** Each that can be read, with its totals; others are dropped. */
    function readAll(work: (entry: Entry, totals: { called: number; dirtied: number }) => void): void {
      for (const [pid, entry] of [...entries]) {
        try {
          work(entry, totalsOf(entry.fd));
        } catch {
          drop(pid, entry);
        }
      }
    }
    return {
      keepOnly(pids) {
        for (const [pid, entry] of [...entries]) if (!pids.includes(pid)) drop(pid, entry);
        for (const pid of pids) {
          if (entries.has(pid)) continue;
          try {
            entries.set(pid, { fd: fs.openSync(`/proc/${pid}/io`, "r"), called: 0, dirtied: 0 });
          } catch {
            // It is gone, or this process has no descriptor left: the file system's own figures remain.
          }
        }
      },
      sinceMark() {
        let called = 0;
        let dirtied = 0;
        readAll((entry, totals) => {
          called += totals.called - entry.called;
          dirtied += totals.dirtied - entry.dirtied;
        });
        return Math.max(called, dirtied);
      },
      mark() {
        readAll((entry, totals) => Object.assign(entry, totals));
      },
      holds(pid) {
        const entry = entries.get(pid);
        if (entry === undefined) return false;
        try {
          totalsOf(entry.fd);
          return true;
        } catch {
          drop(pid, entry);
          return false;
        }
      },
      close() {
        for (const [pid, entry] of [...entries]) drop(pid, entry);
      },
    };
  }

  return {
    familyOf(pid) {
      const parent = Number(statOf(pid)[1]);
      if (Number.isNaN(parent)) return [];
      const found = [pid];
      // A program whose parent is somebody else than the host runs in a sandbox: orphans become children of that one.
      if (parent > 1 && parent !== hostPid) {
        for (const child of childrenOf(parent)) if (child !== pid) found.push(child);
      }
      for (const each of found) {
        for (const child of childrenOf(each)) {
          if (found.length < MAX_PROCESSES && !found.includes(child)) found.push(child);
        }
      }
      return found;
    },
    isStopped: (pid) => ["T", "t"].includes(statOf(pid)[0] ?? ""),
    isStoppedTwice(pid) {
      // One text, for the state in it is read before the signals: the first stop doesn't wait any more once it is T.
      const status = textOf(`/proc/${pid}/status`);
      const [, pending] = /^State:\s+T.*^ShdPnd:\s+([0-9a-f]+)$/ms.exec(status) ?? [];
      // Hexadecimal digits from the right hold four signals each: SIGSTOP, 19 on x86 and ARM, is the third of the fifth.
      return pending !== undefined && (Number.parseInt(pending.at(-5) ?? "0", 16) & 4) !== 0;
    },
    open,
  };
}
