import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { readDiskSpace } from "../../../src/supervisor/monitor/disk-space.js";
import { DiskWatch } from "../../../src/supervisor/monitor/disk-watch.js";
import { monitorStage, settle } from "./monitor-stage.js";

function setUp(lowPercent = 10) {
  const stage = monitorStage();
  const lows: number[] = [];
  let answer: number | Error | "hangs" = 50;
  let asked = 0;
  const watch = new DiskWatch(
    {
      ...stage,
      readSpace: async () => {
        asked++;
        if (answer === "hangs") return new Promise(() => {});
        if (answer instanceof Error) throw answer;
        return { availableBytes: answer * 10, totalBytes: 1000 };
      },
      onLow: () => lows.push(stage.clock.nowMs / 1000),
    },
    { path: "/data", lowPercent },
  );
  /** The next reading finds this percentage free. */
  const read = async (next: number | Error | "hangs") => {
    answer = next;
    stage.clock.advanceMs(10_000);
    await settle();
  };
  return {
    ...stage,
    watch,
    lows,
    read,
    get asked() {
      return asked;
    },
    findFirst(first: number) {
      answer = first;
    },
  };
}

describe("DiskWatch", () => {
  it("reads at its start and each ten seconds", async () => {
    const stage = setUp();
    await stage.watch.start();
    expect(stage.watch.reading).toEqual({
      availableBytes: 500,
      totalBytes: 1000,
      percentFree: 50,
      isLow: false,
    });
    for (let n = 0; n < 3; n++) await stage.read(40);
    expect(stage.asked).toBe(4);
  });

  it("publishes once when space falls below the level, and again only after two points above it", async () => {
    const stage = setUp();
    await stage.watch.start();
    for (const percent of [10, 9.9, 5, 11, 9, 12, 9, 12.1, 9]) await stage.read(percent);
    expect(stage.only("DiskSpaceLow")).toEqual([
      {
        atMs: 20_000,
        type: "DiskSpaceLow",
        payload: { available_bytes: 99, total_bytes: 1000, percent_free: 9.9, disk_path: "/data" },
      },
      expect.objectContaining({ atMs: 90_000 }),
    ]);
  });

  it("asks for maintenance at each reading while space is low", async () => {
    const stage = setUp();
    await stage.watch.start();
    for (const percent of [20, 9, 11, 13, 9]) await stage.read(percent);
    expect(stage.lows).toEqual([20, 30, 50]);
  });

  it.each([
    [0, 0, false],
    [1, 0.9, true],
    [99, 98.9, true],
    [100, 99, true],
  ])("with a level of %d %% and %d %% free, says %s", async (level, free, isLow) => {
    const stage = setUp(level);
    stage.findFirst(free);
    await stage.watch.start();
    expect(stage.watch.reading?.isLow).toBe(isLow);
  });

  it("can be content again at any level below 100", async () => {
    for (const level of [1, 50, 97, 98, 99]) {
      const stage = setUp(level);
      stage.findFirst(0);
      await stage.watch.start();
      await stage.read(100);
      expect(stage.watch.reading?.isLow, String(level)).toBe(false);
    }
  });

  it("tells once of a disk that can't be read, and knows nothing of it meanwhile", async () => {
    const stage = setUp();
    await stage.watch.start();
    for (let n = 0; n < 3; n++) await stage.read(new Error("ENOENT"));
    expect(stage.watch.reading).toBeUndefined();
    expect(stage.log.messages()).toEqual(["the disk space at /data can't be read"]);
    await stage.read(50);
    expect(stage.watch.reading?.percentFree).toBe(50);
  });

  it("asks a disk that does not answer only once", async () => {
    const stage = setUp();
    await stage.watch.start();
    for (let n = 0; n < 5; n++) await stage.read("hangs");
    expect(stage.asked).toBe(2);
  });

  it("tells nothing after it is closed", async () => {
    const stage = setUp();
    stage.findFirst(1);
    const started = stage.watch.start();
    stage.watch.close();
    stage.watch.close();
    await started;
    await stage.read(1);
    expect(stage.events).toEqual([]);
    expect(stage.asked).toBe(1);
  });
});

describe("readDiskSpace", () => {
  it("tells what statfs tells of a real disk", async () => {
    const { blocks, bsize } = statfsSync(tmpdir());
    const space = await readDiskSpace(tmpdir());
    expect(space.totalBytes).toBe(blocks * bsize);
    expect(space.availableBytes).toBeGreaterThan(0);
    expect(space.availableBytes).toBeLessThanOrEqual(space.totalBytes);
  });

  it("rejects for a path that is not there", async () => {
    await expect(readDiskSpace("/nowhere/at/all")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
