import { describe, expect, it } from "vitest";
import { type GuardFinding, type GuardOrder, guardLoop } from "../../../src/supervisor/monitor/guard-loop.js";
import { MIB } from "./monitor-stage.js";

const watch: GuardOrder = { kind: "watch", name: "m", path: "/m", maxBytes: 1000 * MIB, maxFiles: 10_000 };
const runs: GuardOrder = { kind: "runs", name: "m", pid: 7 };

/** Runs a guard for some virtual time; `pass` says what happens in each pause, and counts and signals take no time. */
function guarded(
  lastsMs: number,
  pass: (world: World, ms: number) => void,
  {
    orders = [watch, runs],
    start = {},
  }: { readonly orders?: readonly GuardOrder[]; readonly start?: Partial<World> } = {},
) {
  const world = Object.assign(new World(), start);
  const findings: GuardFinding[] = [];
  const signals: string[] = [];
  const gaveWay = new Set<number>();
  const waits: number[] = [];
  const inbox = [...orders];
  let counts = 0;
  guardLoop({
    fs: {
      lstatSync: () => ({ ctimeMs: world.changedMs }),
      statfsSync: () => ({ bsize: 1, bfree: world.freeBytes, ffree: world.freeFiles }),
    } as never,
    processes: {
      familyOf: (pid) => (world.alive ? [pid, 8] : []),
      isStopped: (pid) => world.stopped.has(pid),
      isStoppedTwice: (pid) => world.stoppedByOthers.has(pid),
      open: () => {
        let mark = 0;
        return {
          keepOnly: () => {},
          sinceMark: () => world.written - mark,
          mark: () => {
            mark = world.written;
          },
          holds: () => world.alive,
          close: () => {
            world.closed++;
          },
        };
      },
    },
    count: () => {
      counts++;
      world.nowMs += world.countTakesMs;
      return {
        ...{ sizeBytes: world.sizeBytes, entries: world.files, isComplete: true, hiddenFolders: 0 },
        folders: [{ path: Buffer.from("/m"), changedMs: world.changedMs }],
      };
    },
    signal: (pid, signal) => {
      signals.push(`${signal} ${pid}`);
      if (signal === "SIGKILL") world.alive = false;
    },
    giveWay: (pid) => gaveWay.add(pid),
    crammedOf: () =>
      world.tmpFiles > 8192 ? { folder: "/tmp", files: world.tmpFiles, maxFiles: 8192 } : undefined,
    nowMs: () => world.nowMs,
    wait: (ms) => {
      waits.push(ms);
      world.nowMs += ms + world.lateMs;
      pass(world, ms + world.lateMs);
      if (world.nowMs >= lastsMs) inbox.push({ kind: "end" });
    },
    receive: () => inbox.shift(),
    tell: (finding) => findings.push(finding),
    processors: 2,
  });
  return { world, findings, signals, waits, counts, gaveWay: [...gaveWay] };
}

class World {
  nowMs = 0;
  alive = true;
  closed = 0;
  written = 0;
  sizeBytes = 0;
  files = 0;
  freeBytes = 1e12;
  freeFiles = 1e9;
  changedMs = 0;
  countTakesMs = 0;
  tmpFiles = 0;
  /** So much longer than asked for each pause lasts. */
  lateMs = 0;
  readonly stopped = new Set<number>();
  /** These were stopped by somebody else while the guard had them stopped. */
  readonly stoppedByOthers = new Set<number>();

  write(bytes: number): void {
    this.written += bytes;
    this.sizeBytes += bytes;
    this.freeBytes -= bytes;
  }
}

describe("guardLoop", () => {
  it("looks at a module that writes nothing some sixty times a second and counts it once", () => {
    const { waits, counts, signals } = guarded(1000, () => {});
    expect(waits.length).toBeLessThan(70);
    expect(counts).toBeLessThanOrEqual(2);
    expect(signals).toEqual([]);
  });

  it.each([
    ["of slow writers none is stopped before the end", 10 * 1024, 0],
    ["fast writers are stopped while they are counted", 4 * MIB, 1],
  ])("lets nobody get more than a tenth above the limit: %s", (_title, bytesPerMs, leastStops) => {
    const { findings, signals } = guarded(
      200_000,
      (world, ms) => world.alive && world.write(bytesPerMs * ms),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.sizeBytes).toBeGreaterThan(1000 * MIB);
    expect(findings[0]?.sizeBytes).toBeLessThan(1100 * MIB);
    const stops = signals.filter((signal) => signal === "SIGSTOP 7").length;
    const goes = signals.filter((signal) => signal === "SIGCONT 7").length;
    expect(goes).toBeGreaterThanOrEqual(leastStops);
    if (leastStops === 0) expect(goes).toBe(0);
    else expect(stops).toBe(goes + 1);
    expect(signals.slice(-2)).toEqual(["SIGKILL 7", "SIGKILL 8"]);
  });

  it.each([
    ["a fast module gives way before a late guard lets it have more than it may", 2 * MIB, 20, 600, [7, 8]],
    ["far from its limits it doesn't", 2 * MIB, 20, 200, []],
    ["nor where the guard is in time", 2 * MIB, 0, 450, []],
    ["nor when it is slow", 64 * 1024, 20, 14_000, []],
  ])("%s", (_title, bytesPerMs, lateMs, lastsMs, expected) => {
    const write = (world: World, ms: number) => world.alive && world.write(bytesPerMs * ms);
    const { gaveWay, findings } = guarded(lastsMs, write, { start: { lateMs } });
    expect(gaveWay).toEqual(expected);
    if (expected.length === 0) expect(findings).toEqual([]);
  });

  it("kills a module for the files that it has in memory, and tells of them", () => {
    const { findings, signals } = guarded(1000, (world, ms) => {
      if (world.alive) world.tmpFiles += 150 * ms;
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.crammed).toMatchObject({ folder: "/tmp", maxFiles: 8192 });
    expect(findings[0]?.crammed?.files).toBeLessThan(30_000);
    expect(signals).toEqual(["SIGKILL 7", "SIGKILL 8"]);
  });

  it("lets nobody make more than a tenth above the number of files", () => {
    const { findings } = guarded(10_000, (world, ms) => {
      if (!world.alive) return;
      world.files += 100 * ms;
      world.freeFiles -= 100 * ms;
    });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.entries).toBeGreaterThan(10_000);
    expect(findings[0]?.entries).toBeLessThan(11_000);
  });

  it("lets nobody make more although others remove as many at the same time", () => {
    const { findings, signals } = guarded(
      10_000,
      (world, ms) => {
        if (!world.alive) return;
        world.files += 100 * ms;
        world.changedMs = world.nowMs;
      },
      { start: { countTakesMs: 8 } },
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.entries).toBeLessThan(11_000);
    expect(signals).toContain("SIGCONT 7");
  });

  it("spends a fifth of its time at most on folders that change and don't grow, and stops nobody", () => {
    const touch = (world: World) => {
      world.changedMs = world.nowMs;
    };
    const { counts, signals } = guarded(10_000, touch, { start: { countTakesMs: 50, files: 9990 } });
    expect(counts).toBeGreaterThan(10);
    expect(counts).toBeLessThan(45);
    expect(signals).toEqual([]);
  });

  it("counts twenty times a second at most, and stops nobody, for what others write", () => {
    const near = (world: World) => {
      world.sizeBytes = 1000 * MIB;
      world.freeBytes -= 100 * MIB;
    };
    const { counts, signals } = guarded(2000, near);
    // The first time nobody knows yet who it is.
    expect(signals.filter((signal) => signal.startsWith("SIGSTOP")).length).toBeLessThanOrEqual(4);
    expect(counts).toBeLessThan(45);
  });

  it("leaves alone whom somebody else stopped, and the number of a process that is gone", () => {
    const { signals } = guarded(2000, (world, ms) => {
      world.stopped.add(7);
      if (world.nowMs > 1000) world.alive = false;
      world.write(2 * MIB * ms);
    });
    expect(signals.filter((signal) => signal.endsWith(" 7") && signal !== "SIGKILL 7")).toEqual([]);
    const { signals: late } = guarded(2000, (world, ms) => {
      world.alive = false;
      world.write(4 * MIB * ms);
    });
    expect(late).toEqual([]);
  });

  it("lets nobody go on whom somebody else stopped while it was counted", () => {
    const { signals } = guarded(1000, (world, ms) => world.write(4 * MIB * ms), {
      start: { stoppedByOthers: new Set([8]) },
    });
    expect(signals).toContain("SIGCONT 7");
    expect(signals).not.toContain("SIGCONT 8");
  });

  it("gives back what it holds of a module that is watched anew, forgotten, or left at the end", () => {
    const forget: GuardOrder = { kind: "forget", name: "m" };
    expect(guarded(1, () => {}, { orders: [watch, watch, forget, forget, watch] }).world.closed).toBe(3);
  });
});
