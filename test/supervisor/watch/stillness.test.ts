import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Stillness } from "../../../src/supervisor/watch/stillness.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";

const debounceMs = 10;

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** A thing whose looks and settles are recorded, in virtual time. */
function observed(initial = "0") {
  const clock = virtualClock();
  let identity = initial;
  let looks = 0;
  const settled: { ms: number; identity: string; isCapped: boolean }[] = [];
  const stillness = new Stillness({
    look: async () => {
      looks++;
      return { identity };
    },
    settle: async (found, isCapped) => {
      settled.push({ ms: clock.nowMs, identity: found.identity, isCapped });
    },
    debounceMs,
    scheduler: clock.scheduler,
  });
  return {
    clock,
    stillness,
    settled,
    looks: () => looks,
    change(next: string) {
      identity = next;
      stillness.note();
    },
    /** Milliseconds pass one by one, and what a look leads to is done before the next. */
    async passMs(ms: number) {
      for (let passed = 0; passed < ms; passed++) {
        await turns();
        clock.advanceMs(1);
        await turns();
      }
    },
  };
}

describe("Stillness", () => {
  it("settles one debounce time after the only change, once", async () => {
    const thing = observed();
    thing.stillness.begin({ identity: "0" });
    thing.change("1");
    await thing.passMs(100);
    expect(thing.settled).toEqual([{ ms: 10, identity: "1", isCapped: false }]);
  });

  it("does nothing about notes that changed nothing, and looks once per debounce time at most", async () => {
    const thing = observed();
    thing.stillness.begin({ identity: "0" });
    for (let ms = 0; ms < 100; ms++) {
      for (let note = 0; note < 50; note++) thing.stillness.note();
      await thing.passMs(1);
    }
    expect(thing.settled).toEqual([]);
    expect(thing.looks()).toBeLessThanOrEqual(11);
  });

  it("settles after ten debounce times of ceaseless change, and again when it is still", async () => {
    const thing = observed();
    thing.stillness.begin({ identity: "0" });
    for (let ms = 0; ms < 150; ms++) {
      thing.change(`${ms + 1}`);
      await thing.passMs(1);
    }
    await thing.passMs(100);
    expect(thing.settled).toMatchObject([
      { ms: 100, isCapped: true },
      { identity: "150", isCapped: false },
    ]);
  });

  it("counts notes from before it began", async () => {
    const thing = observed();
    thing.change("1");
    await thing.passMs(50);
    expect(thing.looks()).toBe(0);
    thing.stillness.begin({ identity: "0" });
    await thing.passMs(50);
    expect(thing.settled).toMatchObject([{ identity: "1" }]);
  });

  it("looks and settles no more once it is closed", async () => {
    const thing = observed();
    thing.stillness.begin();
    thing.change("1");
    await thing.passMs(5);
    await thing.stillness.close();
    thing.change("2");
    await thing.passMs(100);
    expect(thing.settled).toEqual([]);
    expect(thing.looks()).toBe(1);
  });

  it("ends settled on the last state whatever came before, never earlier than a debounce time after a change", async () => {
    const story = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 25 }), to: fc.integer({ min: 1, max: 4 }) }),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    await fc.assert(
      fc.asyncProperty(story, async (changes) => {
        const thing = observed();
        thing.stillness.begin({ identity: "0" });
        const changedAtMs: number[] = [];
        let current = "0";
        for (const { afterMs, to } of changes) {
          await thing.passMs(afterMs);
          if (current !== `${to}`) changedAtMs.push(thing.clock.nowMs);
          current = `${to}`;
          thing.change(current);
        }
        await thing.passMs(30 * debounceMs);
        expect(thing.settled.at(-1)?.identity).toBe(current);
        for (const { ms } of thing.settled.filter((each) => !each.isCapped)) {
          const last = changedAtMs.filter((changedMs) => changedMs < ms).at(-1) ?? 0;
          // A thing that changes and changes back between two looks was still as far as anyone can see.
          const isBackAndForth = changedAtMs.filter((at) => at < ms && at >= ms - debounceMs).length > 1;
          if (!isBackAndForth) expect(ms - last).toBeGreaterThanOrEqual(debounceMs);
        }
        expect(thing.looks()).toBeLessThanOrEqual(thing.clock.nowMs / debounceMs + 2);
      }),
      { numRuns: 100 },
    );
  });
});
