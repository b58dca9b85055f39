import fc from "fast-check";
import { EMPTY, finalize, map, Observable, of, timer, VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { silentLogger } from "../../src/log.js";
import { prepareStep, StepCounters, type StreamItem } from "../../src/streams/index.js";
import { itemKey } from "../../src/streams/item-key.js";
import { catchStep } from "../../src/streams/steps/catch.js";
import { StepLife } from "../kit/streams-step-life.js";

/** What comes, and how long after the one before. */
const traffic = fc.array(fc.record({ key: fc.nat(5), waitMs: fc.nat(8) }), { maxLength: 40 });
type Traffic = readonly { readonly key: number; readonly waitMs: number }[];

function play(life: StepLife, given: Traffic, check: () => void = () => {}): void {
  for (const { key, waitMs } of given) {
    life.pass(waitMs);
    life.push(key);
    check();
  }
}

describe("dedupe", () => {
  const options = { key: "value", window: "20ms" };

  it("passes what no item that passed within the window had for a key", () => {
    fc.assert(
      fc.property(traffic, (given) => {
        const passedMs = new Map<number, number>();
        const expected: number[] = [];
        let nowMs = 0;
        for (const { key, waitMs } of given) {
          nowMs += waitMs;
          if (nowMs - (passedMs.get(key) ?? Number.NEGATIVE_INFINITY) < 20) continue;
          passedMs.set(key, nowMs);
          expected.push(key);
        }
        const life = new StepLife("dedupe", options);
        play(life, given);
        expect(life.values).toEqual(expected);
      }),
    );
  });

  it.each([
    ["dedupe", { ...options, max: 3 }],
    ["dedupe", { ...options, max: 3, refresh: true }],
    ["distinct", { by: "value", key: "value", max: 3 }],
  ])("%s %j remembers no more than it may, and goes on where a former life stopped", (kind, given) => {
    fc.assert(
      fc.property(traffic, traffic, (before, after) => {
        const whole = new StepLife(kind, given);
        play(whole, [...before, ...after], () => expect(whole.counters.held).toBeLessThanOrEqual(3));
        expect(whole.counters).toMatchObject({ in: before.length + after.length, dropped: 0, errors: 0 });
        const former = new StepLife(kind, given);
        play(former, before);
        const carried = former.kept();
        const { scheduler } = former;
        former.leave();
        expect(former.counters.held).toBe(0);
        const successor = new StepLife(kind, given, { carried, scheduler });
        play(successor, after);
        expect([...former.values, ...successor.values]).toEqual(whole.values);
      }),
      { numRuns: 50 },
    );
  });
});

describe("distinct", () => {
  it("passes what differs from the item before it", () => {
    fc.assert(
      fc.property(traffic, (given) => {
        const life = new StepLife("distinct", {});
        play(life, given);
        const keys = given.map(({ key }) => key);
        expect(life.values).toEqual(keys.filter((key, n) => n === 0 || key !== keys[n - 1]));
      }),
    );
  });
});

describe("The key of an item", () => {
  it("is the same for equal data and for no other", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(itemKey(one) === itemKey(other)).toBe(same);
        expect(itemKey(structuredClone(one))).toBe(itemKey(one));
        expect(itemKey(one).length).toBeLessThanOrEqual(128);
      }),
    );
  });

  it("tells bytes from text and takes large integers", () => {
    expect(itemKey(new Uint8Array([1, 255]))).toBe("x01ff");
    expect(itemKey("x01ff")).not.toBe("x01ff");
    expect(itemKey([2n ** 60n])).toBe("[1152921504606846976]");
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === "number") return value === 0 ? 0 : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([name, inner]) => [name, sorted(inner)])
    .toSorted(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))
    .concat([["object"]]);
}

describe("scan", () => {
  it("ends its stream at an accumulator that is too large, where it is to do so", () => {
    const options = { seed: [], with: "acc + [value]", max_bytes: 64, too_large: "fail" };
    const life = new StepLife("scan", options);
    for (let n = 0; n < 100; n++) life.push(n);
    expect(life.end).toMatchObject({ error: { code: "STREAM_SCAN_TOO_LARGE", details: { limitBytes: 64 } } });
    expect(life.values.at(-1)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(life.counters).toMatchObject({ in: 7, out: 6, dropped: 1 });
  });
});

describe("timeout", () => {
  it("ends its stream with what it waited for, and frees its timer", () => {
    const life = new StepLife("timeout", { after: "30d", first: "1s" });
    life.pass(999);
    expect(life.end).toBeUndefined();
    life.pass(1);
    expect(life.end).toMatchObject({
      error: { code: "STREAM_TIMEOUT", details: { silenceMs: 1000, allowedMs: 1000 } },
    });
    expect(life.timers).toBe(0);
  });

  it("moves no timer for an item, and waits longer than Node's timers can", () => {
    const life = new StepLife("timeout", { after: "30d", emit: "seen" });
    for (let n = 0; n < 100; n++) {
      life.push(n);
      expect(life.timers).toBe(1);
    }
    life.pass(30 * 86_400_000 - 1);
    expect(life.left).toHaveLength(100);
    life.pass(1);
    expect(life.values.at(-1)).toBe(true);
  });
});

interface Answer {
  readonly afterMs: number;
  readonly fails: boolean;
  /** How long after the item before its own item comes. */
  readonly waitMs: number;
}

/** A node that answers each call as its item says, and knows how many of its calls are open. */
class FakeNode {
  readonly signals: AbortSignal[] = [];
  open = 0;
  mostOpen = 0;
  readonly #scheduler: VirtualTimeScheduler;
  readonly #answers: readonly Answer[];

  constructor(scheduler: VirtualTimeScheduler, answers: readonly Answer[]) {
    this.#scheduler = scheduler;
    this.#answers = answers;
  }

  readonly query = (_method: string, parameters: unknown, signal: AbortSignal): Observable<unknown> => {
    const { afterMs, fails } = this.#answers[parameters as number] as Answer;
    this.signals.push(signal);
    this.open++;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    const done$ = afterMs === 0 ? of(0) : timer(afterMs, this.#scheduler);
    return done$.pipe(
      map(() => {
        if (fails) throw new Error("no such block");
        return parameters;
      }),
      finalize(() => this.open--),
    );
  };
}

describe("enrich", () => {
  const answers = fc.array(fc.record({ afterMs: fc.nat(12), fails: fc.boolean(), waitMs: fc.nat(4) }), {
    maxLength: 30,
  });
  const options = { call: "GetBlock", with: "value", concurrency: 2, max_waiting: 3, timeout: "10ms" };

  it.each(["drop", "pass"])(
    "holds no more than it may, keeps the order and balances its counts, on_failure %s",
    (on_failure) => {
      fc.assert(
        fc.property(answers, (given) => {
          const scheduler = new VirtualTimeScheduler();
          const node = new FakeNode(scheduler, given);
          const { query } = node;
          const life = new StepLife("enrich", { ...options, on_failure }, { scheduler, query });
          const { counters } = life;
          const check = () => {
            const lost = on_failure === "drop" ? counters.errors : 0;
            expect(counters.held).toBeLessThanOrEqual(5);
            expect(node.open).toBeLessThanOrEqual(2);
            // A failure behind an open call is counted before its item is let go.
            const rest = counters.in - counters.out - counters.dropped - counters.held;
            expect(rest).toBeGreaterThanOrEqual(0);
            expect(rest).toBeLessThanOrEqual(lost);
          };
          for (const [n, { waitMs }] of given.entries()) {
            life.pass(waitMs);
            life.push(n);
            check();
          }
          life.complete();
          life.pass(1000);
          check();
          expect([life.end, counters.held, life.timers, node.open]).toEqual(["completed", 0, 0, 0]);
          const lost = on_failure === "drop" ? counters.errors : 0;
          expect(counters.in).toBe(counters.out + counters.dropped + lost);
          const seqs = life.left.map(({ seq }) => seq);
          expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
          for (const { value, seq } of life.left) {
            const { fails, afterMs } = given[seq] as Answer;
            expect(value).toEqual({ value: seq, answer: fails || afterMs >= 10 ? null : seq });
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it("leaves its calls and frees its timers when its subscriber leaves", () => {
    const scheduler = new VirtualTimeScheduler();
    const node = new FakeNode(
      scheduler,
      [9, 9, 9].map((afterMs) => ({ afterMs, fails: false, waitMs: 0 })),
    );
    const life = new StepLife("enrich", options, { scheduler, query: node.query });
    for (const n of [0, 1, 2]) life.push(n);
    expect(life.counters.held).toBe(3);
    life.leave();
    expect([node.open, life.timers, life.counters.held]).toEqual([0, 0, 0]);
    expect(node.signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it("tells the node that a call which takes too long isn't waited for any more", () => {
    const scheduler = new VirtualTimeScheduler();
    const node = new FakeNode(scheduler, [{ afterMs: 50, fails: false, waitMs: 0 }]);
    const life = new StepLife("enrich", { ...options, on_failure: "fail" }, { scheduler, query: node.query });
    life.push(0);
    life.pass(10);
    expect(life.end).toMatchObject({ error: { code: "STREAM_CALL_TIMEOUT" } });
    expect([node.open, node.signals[0]?.aborted]).toEqual([0, true]);
  });

  it("takes promises for answers, a refusal for a failure, and nothing for null", async () => {
    const query = async (_method: string, parameters: unknown) => {
      if (parameters === 2) throw new Error("no such block");
      if (parameters === 4) return undefined;
      return `block ${String(parameters)}`;
    };
    const life = new StepLife("enrich", { ...options, concurrency: 1, on_failure: "pass" }, { query });
    for (const n of [1, 2, 3, 4]) life.push(n);
    life.complete();
    await expect.poll(() => life.end).toBe("completed");
    expect(life.values).toEqual([
      { value: 1, answer: "block 1" },
      { value: 2, answer: null },
      { value: 3, answer: "block 3" },
      { value: 4, answer: null },
    ]);
  });

  it("says at its start that there is no node", () => {
    expect(new StepLife("enrich", options).end).toMatchObject({
      error: { code: "STREAM_NO_NODE", details: { method: "GetBlock" } },
    });
  });

  it("takes a query that throws for a call that failed", () => {
    const query = () => {
      throw new Error("no such method");
    };
    const life = new StepLife("enrich", options, { query });
    life.push(1);
    life.complete();
    expect([life.end, life.counters.errors, life.timers]).toEqual(["completed", 1, 0]);
  });
});

describe("catch", () => {
  it("takes a thousand errors that come at once without growing its stack", () => {
    const scheduler = new VirtualTimeScheduler();
    const counters = new StepCounters();
    const step = prepareStep(catchStep, { max: 1000 }, { id: "go-on", input: { kind: "data", type: "dyn" } });
    let beginnings = 0;
    const depths = new Set<number>();
    const failing$ = new Observable<StreamItem>((subscriber) => {
      beginnings++;
      depths.add((new Error().stack ?? "").split("\n").length);
      subscriber.error(new Error("again"));
    });
    let end: unknown;
    const runtime = {
      scheduler,
      counters,
      log: silentLogger,
      evaluate: () => undefined,
      events$: () => EMPTY,
      carried: () => undefined,
      keep: () => {},
    };
    failing$.pipe(step.operator(runtime)).subscribe({ error: (error: unknown) => (end = error) });
    expect([beginnings, String(end), depths.size]).toEqual([1001, "Error: again", 1]);
  });
});
