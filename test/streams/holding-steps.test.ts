import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamItem } from "../../src/streams/index.js";
import { StepLife } from "../kit/streams-step-life.js";

/** Steps that hold items, with the most that they may hold. */
const holding: readonly (readonly [kind: string, options: object, max: number])[] = [
  ["window", { tumbling: "5ms", max: 3 }, 3],
  ["window", { tumbling: "5ms", max: 3, when_full: "drop_newest" }, 3],
  ["window", { tumbling: "5ms", max: 3, when_full: "drop_oldest" }, 3],
  ["window", { session: "3ms", max: 3 }, 3],
  ["window", { session: "3ms", longest: "7ms", max: 4, when_full: "drop_oldest" }, 4],
  ["window", { count: 3 }, 3],
  ["batch", { size: 3 }, 3],
  ["batch", { size: 4, wait: "3ms", max_bytes: 20 }, 4],
  ["throttle", { every: "4ms" }, 0],
  ["throttle", { every: "4ms", keep: "last" }, 1],
  ["debounce", { quiet: "2ms" }, 1],
  ["debounce", { quiet: "2ms", longest: "5ms" }, 1],
  ["sample", { every: "4ms" }, 1],
  ["delay", { by: "4ms", max: 3 }, 3],
  ["delay", { by: "4ms", max: 3, when_full: "drop_oldest" }, 3],
];
/** Lists of these have items in common: what leaves is not what came. */
const overlapping: typeof holding = [
  ["window", { sliding: "6ms", every: "2ms", max: 3 }, 3],
  ["window", { sliding: "6ms", every: "4ms", max: 3, when_full: "drop_newest" }, 3],
  ["window", { count: 3, every: 2 }, 3],
];

/** How many items come at once, and how long nothing comes after them. */
const traffic = fc.array(fc.record({ items: fc.integer({ min: 0, max: 5 }), silenceMs: fc.nat(9) }), {
  maxLength: 20,
});
type Traffic = readonly { readonly items: number; readonly silenceMs: number }[];

function play(life: StepLife, bursts: Traffic, check: () => void = () => {}, firstSeq = 1): number {
  let seq = firstSeq;
  for (const { items, silenceMs } of bursts) {
    for (let n = 0; n < items; n++) {
      life.push(seq++);
      check();
    }
    life.pass(silenceMs);
    check();
  }
  return seq;
}

function itemsOf(left: readonly StreamItem[]): number[] {
  return left.flatMap(({ value }) => value as number | number[]);
}

function title([kind, options]: (typeof holding)[number]): string {
  return `${kind} ${JSON.stringify(options)}`;
}

describe.each([...holding, ...overlapping].map((each) => ({ each, name: title(each) })))(
  "$name",
  ({ each: [kind, options, max] }) => {
    const isOverlapping = overlapping.some((other) => other[1] === options);

    it("holds no more than it may, and its counts balance whatever comes", () => {
      fc.assert(
        fc.property(traffic, (bursts) => {
          const life = new StepLife(kind, options);
          const { counters } = life;
          let mostHeld = 0;
          let unbalanced = 0;
          const check = () => {
            mostHeld = Math.max(mostHeld, counters.held);
            if (isOverlapping) return;
            unbalanced ||= counters.in - itemsOf(life.left).length - counters.dropped - counters.held;
          };
          play(life, bursts, check);
          life.complete();
          check();
          expect(mostHeld).toBeLessThanOrEqual(max);
          expect([life.end, unbalanced, counters.held, life.timers]).toEqual(["completed", 0, 0, 0]);
          const came = itemsOf(life.left);
          if (!isOverlapping) expect(came).toEqual([...new Set(came)].toSorted((a, b) => a - b));
          expect(life.values.map((value) => [value].flat().at(-1))).toEqual(life.left.map(({ seq }) => seq));
        }),
        { numRuns: 25 },
      );
    });

    it("goes on where a former life stopped, as if nothing had been between", () => {
      fc.assert(
        fc.property(traffic, traffic, (before, after) => {
          const whole = new StepLife(kind, options);
          play(whole, [...before, ...after]);
          whole.complete();

          const former = new StepLife(kind, options);
          const nextSeq = play(former, before);
          const carried: unknown = former.kept();
          former.leave();
          const { scheduler } = former;
          const successor = new StepLife(kind, options, { carried, scheduler });
          play(successor, after, undefined, nextSeq);
          successor.complete();
          expect([...former.left, ...successor.left]).toEqual(whole.left);
        }),
        { numRuns: 25 },
      );
    });

    it("frees its timers and lets go of what it holds when its subscriber leaves or its source fails", () => {
      for (const end of [
        (life: StepLife) => life.leave(),
        (life: StepLife) => life.fail(new Error("gone")),
      ]) {
        const life = new StepLife(kind, options);
        life.push(1);
        life.push(2);
        end(life);
        expect([life.timers, life.counters.held, life.others.observed]).toEqual([0, 0, false]);
        const { length } = life.left;
        life.pass(1000);
        expect(life.left).toHaveLength(length);
      }
    });

    it("takes nothing from a state that it didn't keep itself", () => {
      const items = [{ value: 1, seq: 1, timestampMs: 0, hops: 0 }];
      for (const carried of [
        null,
        7,
        [],
        { items: 7 },
        { items: [7], timesMs: [], marks: {} },
        { items, timesMs: ["now"], marks: {} },
        { items: [{ ...items[0], seq: Number.NaN }], timesMs: [0], marks: {} },
        { items, timesMs: [0, 1, 2], marks: null },
      ]) {
        const life = new StepLife(kind, options, { carried });
        expect(life.counters.held).toBe(0);
        life.push(5);
        life.complete();
        expect(itemsOf(life.left)).toEqual([5]);
      }
    });
  },
);

describe("A sliding window", () => {
  it("has in each list exactly what came within its time", () => {
    fc.assert(
      fc.property(
        traffic,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 6 }),
        (bursts, every, more) => {
          const lengthMs = every + more;
          const life = new StepLife("window", { sliding: `${lengthMs}ms`, every: `${every}ms` });
          const cameMs: number[] = [];
          const expected: number[][] = [];
          let nowMs = 0;
          for (const { items, silenceMs } of bursts) {
            for (let n = 0; n < items; n++) cameMs.push(nowMs);
            for (const untilMs = nowMs + silenceMs; nowMs < untilMs; ) {
              nowMs++;
              if (nowMs % every !== 0) continue;
              const list = cameMs.flatMap((atMs, n) =>
                atMs >= nowMs - lengthMs && atMs < nowMs ? [n + 1] : [],
              );
              if (list.length > 0) expected.push(list);
            }
          }
          play(life, bursts);
          expect(life.values).toEqual(expected);
        },
      ),
    );
  });

  it("says the same as a tumbling one when its lists don't overlap", () => {
    fc.assert(
      fc.property(traffic, (bursts) => {
        const sliding = new StepLife("window", { sliding: "4ms", every: "4ms" });
        const tumbling = new StepLife("window", { tumbling: "4ms" });
        for (const life of [sliding, tumbling]) {
          play(life, bursts);
          life.complete();
        }
        expect(sliding.left).toEqual(tumbling.left);
      }),
    );
  });
});

describe("A timer that comes late", () => {
  /** Time passes and no timer fires: the process was busy. */
  const stall = (life: StepLife, ms: number) => {
    life.scheduler.frame += ms;
  };

  it.each([
    ["window", { tumbling: "5ms" }, [[1], [2]]],
    ["window", { session: "5ms" }, [[1], [2]]],
    ["window", { sliding: "5ms", every: "5ms" }, [[1], [2]]],
    ["throttle", { every: "5ms", keep: "last" }, [1, 2]],
    ["debounce", { quiet: "5ms" }, [1, 2]],
    ["sample", { every: "5ms" }, [1, 2]],
    ["delay", { by: "5ms", max: 1 }, [1, 2]],
  ])("mixes nothing in %s %j that belongs apart", (kind, options, expected) => {
    const life = new StepLife(kind, options);
    life.push(1);
    stall(life, 12);
    life.push(2);
    life.complete();
    expect(life.values).toEqual(expected);
    expect(life.counters.dropped).toBe(0);
  });
});

describe("Windows and blocks that left the best chain", () => {
  const input = { kind: "event", types: ["NewBlock"] } as const;
  const hash = (n: number) => n.toString(16).padStart(64, "0");
  const newBlock = (seq: number) => ({
    seq,
    type: "NewBlock",
    payload: { block_hash: hash(seq), height: seq },
  });
  const disconnect = (life: StepLife, seq: number, ofBlock: number) =>
    life.others.next({
      value: { seq, type: "BlockDisconnected", payload: { hash: hash(ofBlock), height: ofBlock } },
      seq,
      timestampMs: 0,
      hops: 0,
    });

  it.each([{ tumbling: "5ms" }, { sliding: "5ms", every: "5ms" }, { session: "5ms" }, { count: 3 }])(
    "take them back in every kind: %j",
    (options) => {
      const life = new StepLife("window", { ...options, reorg: "retract" }, { input });
      for (const seq of [1, 2]) life.push(newBlock(seq), seq);
      disconnect(life, 3, 2);
      life.complete();
      expect(life.values).toEqual([[newBlock(1)]]);
      expect(life.counters).toMatchObject({ in: 2, out: 1, dropped: 1, held: 0 });
    },
  );

  it("don't take in a block that was held back before them until it had left", () => {
    const life = new StepLife("window", { count: 2, reorg: "retract" }, { input });
    disconnect(life, 3, 2);
    life.push(newBlock(2), 2);
    life.push({ ...newBlock(2), seq: 4 }, 4);
    life.complete();
    expect(life.left.map(({ seq }) => seq)).toEqual([4]);
    expect(life.counters).toMatchObject({ in: 2, dropped: 1 });
  });

  it("remember no more than the newest thousand blocks that left", () => {
    const life = new StepLife("window", { count: 1, reorg: "retract" }, { input });
    for (let block = 1; block <= 1001; block++) disconnect(life, 2000, block);
    life.push(newBlock(1), 1);
    life.push(newBlock(2), 2);
    expect(life.values).toEqual([[newBlock(1)]]);
  });
});
