import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteText } from "../../../src/supervisor/monitor/byte-text.js";
import { CpuWindow } from "../../../src/supervisor/monitor/cpu-window.js";
import { Hysteresis } from "../../../src/supervisor/monitor/hysteresis.js";
import { ResourceLevel } from "../../../src/supervisor/monitor/resource-level.js";
import { SlowWatch } from "../../../src/supervisor/monitor/slow-watch.js";

describe("Hysteresis", () => {
  it("tells each crossing once and is armed again only clearly below", () => {
    const level = new Hysteresis(80, 10);
    const told = [80, 80.1, 99, 75, 70, 81, 69.9, 80, 81].map((value) => level.note(value));
    expect(told).toEqual([
      undefined,
      "entered",
      undefined,
      undefined,
      undefined,
      undefined,
      "left",
      undefined,
      "entered",
    ]);
  });

  it("can always be left, however low its level", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (height) => {
        const level = new Hysteresis(height, 10);
        expect([level.note(height * 2), level.note(0)]).toEqual(["entered", "left"]);
      }),
    );
  });

  it("alternates, whatever the values", () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const level = new Hysteresis(50, 10);
        const told = values.map((value) => level.note(value)).filter((crossing) => crossing !== undefined);
        expect(told).toEqual(told.map((_, n) => (n % 2 === 0 ? "entered" : "left")));
      }),
    );
  });
});

describe("CpuWindow", () => {
  it("tells the share of one core over the last ten seconds", () => {
    const window = new CpuWindow();
    for (let s = 0; s <= 10; s++) window.note(s * 1000, s * 500);
    expect(window.percent()).toBe(50);
    for (let s = 11; s <= 20; s++) window.note(s * 1000, 5000);
    expect(window.percentOfWindow()).toBe(0);
  });

  it("counts the time before the first sample as idle", () => {
    const window = new CpuWindow();
    window.note(0, 700);
    window.note(1000, 1700);
    expect(window.percentOfWindow()).toBe(10);
    expect(window.percent()).toBe(100);
    expect(window.totalMs).toBe(1700);
  });

  it("knows no share before the second sample", () => {
    const window = new CpuWindow();
    expect(window.percent()).toBeUndefined();
    window.note(0, 5000);
    expect(window.percent()).toBeUndefined();
    expect(window.percentOfWindow()).toBe(0);
  });

  it("averages over the whole pause when this process itself was blocked", () => {
    const window = new CpuWindow();
    window.note(0, 0);
    window.note(40_000, 20_000);
    expect(window.percentOfWindow()).toBe(50);
  });

  it("does not count a child's time again when its parent takes it over", () => {
    const window = new CpuWindow();
    window.note(0, 60_000);
    window.note(1000, 0);
    window.note(2000, 60_100);
    expect(window.totalMs).toBe(60_100);
  });

  it("counts on after a descendant took its time along", () => {
    const window = new CpuWindow();
    window.note(0, 60_000);
    for (let s = 1; s <= 12; s++) window.note(s * 1000, s * 1000);
    expect(window.percentOfWindow()).toBe(100);
  });

  it("never goes back, and stays at what really was used at most", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000)), (samples) => {
        const window = new CpuWindow();
        let last = 0;
        let sumOfRises = 0;
        samples.forEach((cpuMs, n) => {
          sumOfRises += Math.max(0, cpuMs - (samples[n - 1] ?? 0));
          window.note(n * 1000, cpuMs);
          expect(window.totalMs).toBeGreaterThanOrEqual(last);
          expect(window.totalMs).toBeLessThanOrEqual(sumOfRises);
          last = window.totalMs;
        });
      }),
    );
  });
});

describe("ResourceLevel", () => {
  it("breaks the limit at the third reading in a row above it, once", () => {
    const level = new ResourceLevel(10, 80);
    const broken = (...readings: number[]) => readings.map((used) => level.note(used).isLimitBroken);
    expect(broken(11, 11, 10, 11, 11, 11, 11, 12)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(broken(10, 11, 11, 11).at(-1)).toBe(true);
  });

  it("takes any use for too much where the limit is 0", () => {
    const level = new ResourceLevel(0, 80);
    expect(level.note(0)).toEqual({ usagePercent: 0, warning: undefined, isLimitBroken: false });
    expect(level.note(1)).toMatchObject({ usagePercent: 200, warning: "entered" });
  });
});

function reading(byType: Readonly<Record<string, number>>, waitingEvents = 0, oldestWaitingMs = 0) {
  const dropped = Object.values(byType).reduce((sum, count) => sum + count, 0);
  return { dropped, droppedByType: () => byType, waitingEvents, oldestWaitingMs };
}

describe("SlowWatch", () => {
  it("calls a module slow for ten seconds after it lost an event", () => {
    const watch = new SlowWatch(reading({ NewBlock: 5 }));
    const isSlow = (atS: number, count: number) => {
      watch.note(atS * 1000, reading({ NewBlock: count }));
      return watch.isSlow;
    };
    expect([isSlow(0, 5), isSlow(1, 6), isSlow(10, 6), isSlow(11, 6)]).toEqual([false, true, true, false]);
  });

  it("starts anew from a count that was reset", () => {
    const watch = new SlowWatch(reading({ NewBlock: 500 }));
    const isSlow = (atMs: number, count: number) => {
      watch.note(atMs, reading({ NewBlock: count }));
      return watch.isSlow;
    };
    expect([isSlow(0, 0), isSlow(1000, 0), isSlow(2000, 1)]).toEqual([false, false, true]);
    expect(watch.end(reading({ NewBlock: 1 }))).toMatchObject({ dropped: 1, byType: [["NewBlock", 1]] });
  });

  it("tells of an episode when it began and ended, what was lost of which type, and the worst that was seen", () => {
    const watch = new SlowWatch(reading({ NewBlock: 5, PeerBanned: 1 }));
    const none = { NewBlock: 5, PeerBanned: 1 };
    const some = { NewBlock: 6, PeerBanned: 1, FeeRateChanged: 40 };
    expect(watch.note(1000, reading(none, 7, 70))).toBeUndefined();
    expect(watch.note(2000, reading({ ...none, FeeRateChanged: 40 }, 100, 900))).toBeUndefined();
    expect(watch.note(3000, reading(some, 90, 1500))).toBeUndefined();
    expect(watch.note(12_999, reading(some))).toBeUndefined();
    expect(watch.note(13_000, reading(some))).toEqual({
      startMs: 2000,
      endMs: 3000,
      dropped: 41,
      byType: [
        ["FeeRateChanged", 40],
        ["NewBlock", 1],
      ],
      peakWaitingEvents: 100,
      peakWaitingMs: 1500,
    });
    expect(watch.note(14_000, reading(some))).toBeUndefined();
    expect(watch.end(reading(some))).toBeUndefined();
    watch.note(15_000, reading({ ...some, PeerBanned: 3 }));
    expect(watch.end(reading({ ...some, PeerBanned: 3 }))).toMatchObject({ byType: [["PeerBanned", 2]] });
  });
});

describe("byteText", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [512 * 1024 ** 2, "512 MiB"],
    [512 * 1024 ** 2 + 1, "512.1 MiB"],
    [1024 ** 3, "1 GiB"],
    [5000 * 1024 ** 4, "5000 TiB"],
  ])("writes %i as %s", (sizeBytes, text) => {
    expect(byteText(sizeBytes)).toBe(text);
  });
});
