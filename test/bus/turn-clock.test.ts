import { describe, expect, it } from "vitest";
import { TurnClock } from "../../src/bus/turn-clock.js";

function countedClock(maxUses: number) {
  let readings = 0;
  const clock = new TurnClock({ nowMs: () => ++readings, wallClockMs: () => 1000 + readings }, maxUses);
  const tick = () => {
    clock.tick();
    return clock.monotonicMs;
  };
  return { clock, tick };
}

describe("TurnClock", () => {
  it("lets so many events of one run of code share a reading, and no more", () => {
    const { tick } = countedClock(3);
    expect([tick(), tick(), tick(), tick(), tick(), tick(), tick()]).toEqual([1, 1, 1, 2, 2, 2, 3]);
  });

  it("begins every run of code with a new reading", async () => {
    const { tick } = countedClock(16);
    expect([tick(), tick()]).toEqual([1, 1]);
    await Promise.resolve();
    expect([tick(), tick()]).toEqual([2, 2]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tick()).toBe(3);
  });

  it("reads both clocks at the same moment", () => {
    const { clock, tick } = countedClock(2);
    for (let n = 0; n < 5; n++) {
      tick();
      expect(clock.wallMs).toBe(1000 + clock.monotonicMs);
    }
  });

  it("reads anew for each event when none may share", () => {
    const { tick } = countedClock(1);
    expect([tick(), tick(), tick()]).toEqual([1, 2, 3]);
  });
});
