import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OpenSink, SinkPolicy } from "../../../src/streams/sink.js";
import { SinkBuffer } from "../../../src/streams/sinks/sink-buffer.js";
import { StepCounters } from "../../../src/streams/step-counters.js";
import type { StreamItem } from "../../../src/streams/stream-item.js";
import { numbered, recordingLog, stillClock } from "../../kit/streams-sink.js";

/** How a sink answers one write: at once, or when the test says so. */
type Answer = "sync" | "throws" | "later";

/** A sink in the test's hands: it notes what it was given, and its promises settle when told. */
function handSink({ answers = () => "later" as Answer, maxItems = 0 } = {}) {
  const given: number[][] = [];
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let closes = 0;
  const write = (items: readonly StreamItem[]): undefined | Promise<undefined> => {
    given.push(items.map(({ seq }) => seq));
    const answer = answers();
    if (answer === "throws") throw new Error("the sink threw");
    if (answer === "later")
      return new Promise<undefined>((resolve, reject) => {
        open.push({ resolve: () => resolve(undefined), reject });
      });
    return undefined;
  };
  const sink: OpenSink = {
    write: (item) => write([item]),
    ...(maxItems > 0 && { batch: { maxItems, write } }),
    close: async () => {
      closes++;
    },
  };
  return { sink, given, open, closes: () => closes };
}

function bufferOf(sink: OpenSink, options: { capacity: number; policy: SinkPolicy }, onRoom = () => {}) {
  const counters = new StepCounters();
  const log = recordingLog();
  const buffer = new SinkBuffer(sink, { counters, log, scheduler: stillClock(), onRoom }, options);
  return { buffer, counters, log };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}

const noTime = () => AbortSignal.abort();
const allTime = () => new AbortController().signal;

describe("The buffer of a sink", () => {
  it("gives a sink that answers at once its item inside of offer, and holds nothing", () => {
    const { sink, given } = handSink({ answers: () => "sync" });
    const { buffer, counters } = bufferOf(sink, { capacity: 1, policy: "drop_newest" });
    for (let seq = 1; seq <= 1000; seq++) {
      buffer.offer(numbered(seq));
      expect(given).toHaveLength(seq);
    }
    expect(counters).toMatchObject({ in: 1000, out: 1000, held: 0, dropped: 0 });
  });

  it.each([
    ["drop_newest", [[1], [2], [3]], { dropped: 3 }],
    ["drop_oldest", [[1], [5], [6]], { dropped: 3 }],
    ["block", [[1], [2], [3], [4], [5]], { dropped: 1 }],
  ] as const)(
    "with the policy %s keeps what it says when six come and two may wait",
    async (policy, kept, counts) => {
      const { sink, given, open } = handSink();
      const { buffer, counters, log } = bufferOf(sink, { capacity: 2, policy });
      for (let seq = 1; seq <= 6; seq++) buffer.offer(numbered(seq));
      expect(counters.held).toBe(kept.length);
      for (const _ of kept) {
        open.shift()?.resolve();
        await settled();
      }
      expect(given).toEqual(kept);
      expect(counters).toMatchObject({ ...counts, in: 6, out: kept.length, held: 0, errors: 0 });
      expect(log.lines.map(({ level }) => level)).toEqual(["warn"]);
    },
  );

  it("says that it is full with the policy block only, and calls for more when half is free", async () => {
    const { sink, open } = handSink();
    const calls: number[] = [];
    const { buffer } = bufferOf(sink, { capacity: 4, policy: "block" }, () => calls.push(open.length));
    for (let seq = 1; seq <= 4; seq++) buffer.offer(numbered(seq));
    expect(buffer.isFull).toBe(false);
    buffer.offer(numbered(5));
    expect(buffer.isFull).toBe(true);
    open[0]?.resolve();
    await settled();
    expect([buffer.isFull, calls]).toEqual([true, []]);
    open[1]?.resolve();
    await settled();
    expect([buffer.isFull, calls]).toEqual([false, [2]]);
  });

  it("keeps order when what its call for more brings comes inside of that call", async () => {
    const { sink, given, open } = handSink();
    const { buffer } = bufferOf(sink, { capacity: 1, policy: "block" }, () => buffer.offer(numbered(9)));
    buffer.offer(numbered(1));
    buffer.offer(numbered(2));
    open[0]?.resolve();
    await settled();
    open[1]?.resolve();
    await settled();
    expect(given).toEqual([[1], [2], [9]]);
  });

  it("keeps order when a sink's write brings the next item", () => {
    let left = 3;
    const given: number[] = [];
    const { buffer, counters } = bufferOf(
      {
        write({ seq }) {
          if (left-- > 0) buffer.offer(numbered(seq + 10));
          given.push(seq);
        },
        close: async () => {},
      },
      { capacity: 5, policy: "drop_newest" },
    );
    buffer.offer(numbered(1));
    expect(given).toEqual([1, 11, 21, 31]);
    expect(counters).toMatchObject({ in: 4, out: 4, held: 0 });
  });

  it("gives a sink of batches all that waits, up to its most", async () => {
    const { sink, given, open } = handSink({ maxItems: 3 });
    const { buffer, counters } = bufferOf(sink, { capacity: 10, policy: "drop_newest" });
    for (let seq = 1; seq <= 6; seq++) buffer.offer(numbered(seq));
    open[0]?.resolve();
    await settled();
    expect(counters).toMatchObject({ out: 1, held: 5 });
    open[1]?.reject(new Error("no"));
    await settled();
    expect(given).toEqual([[1], [2, 3, 4], [5, 6]]);
    expect(counters).toMatchObject({ in: 6, out: 1, errors: 3, held: 2 });
  });

  it("counts of a batch only what its sink lost as errors", () => {
    const { buffer, counters, log } = bufferOf(
      {
        write: () => {},
        batch: { maxItems: 2, write: ([item]) => ({ items: 1, error: new Error(`no ${item?.seq}`) }) },
        close: async () => {},
      },
      { capacity: 5, policy: "drop_newest" },
    );
    buffer.offer(numbered(1));
    expect(counters).toMatchObject({ in: 1, out: 0, errors: 1, held: 0 });
    expect(log.lines.map(({ fields }) => fields.items)).toEqual([1]);
  });

  it("warns once of a thousand failures and goes on after each", () => {
    const { sink, given } = handSink({ answers: () => "throws" });
    const { buffer, counters, log } = bufferOf(sink, { capacity: 1, policy: "block" });
    for (let seq = 1; seq <= 1000; seq++) buffer.offer(numbered(seq));
    expect(given).toHaveLength(1000);
    expect(counters).toMatchObject({ in: 1000, out: 0, errors: 1000, held: 0 });
    expect(log.lines).toHaveLength(1);
  });

  it("writes at close what it holds when there is time, and takes nothing more", async () => {
    const { sink, given, open, closes } = handSink();
    const { buffer, counters } = bufferOf(sink, { capacity: 5, policy: "drop_newest" });
    for (const seq of [1, 2]) buffer.offer(numbered(seq));
    const closed = buffer.close(allTime());
    buffer.offer(numbered(3));
    for (const index of [0, 1]) {
      expect(closes()).toBe(0);
      open[index]?.resolve();
      await settled();
    }
    await closed;
    await buffer.close(noTime());
    expect(given).toEqual([[1], [2]]);
    expect(closes()).toBe(1);
    expect(counters).toMatchObject({ in: 3, out: 2, dropped: 1, held: 0 });
  });

  it("drops at close what there is no time for, counted, and forgets a sink that never answers", async () => {
    const { sink, open, closes } = handSink();
    const { buffer, counters, log } = bufferOf(sink, { capacity: 5, policy: "drop_newest" });
    for (const seq of [1, 2, 3]) buffer.offer(numbered(seq));
    const time = new AbortController();
    const closed = buffer.close(time.signal);
    time.abort();
    await closed;
    open[0]?.resolve();
    await settled();
    expect(closes()).toBe(1);
    expect(counters).toMatchObject({ in: 3, out: 0, dropped: 3, held: 0 });
    expect(log.lines.map(({ fields }) => fields.dropped)).toEqual([3]);
  });

  it("balances its counts and keeps order whatever its sink does", async () => {
    const policies = fc.constantFrom<SinkPolicy>("drop_newest", "drop_oldest", "block");
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constant("offer" as const) },
        fc.constantFrom("resolve" as const, "reject" as const),
      ),
      { maxLength: 60 },
    );
    const answering = fc.infiniteStream(fc.constantFrom<Answer>("sync", "throws", "later"));
    await fc.assert(
      fc.asyncProperty(
        policies,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        steps,
        answering,
        fc.boolean(),
        async (policy, capacity, maxItems, acts, answers, hasTime) => {
          const { sink, given, open } = handSink({ answers: () => answers.next().value, maxItems });
          let isGateOpen = true;
          const { buffer, counters } = bufferOf(sink, { capacity, policy }, () => {
            isGateOpen = true;
          });
          const balance = () => counters.out + counters.dropped + counters.errors + counters.held;
          const limit = (policy === "block" ? 2 * capacity : capacity) + Math.max(1, maxItems);
          let offered = 0;
          for (const act of acts) {
            if (act === "offer") buffer.offer(numbered(++offered));
            else if (act === "resolve") open.shift()?.resolve();
            else open.shift()?.reject(new Error("the sink refused"));
            if (buffer.isFull) isGateOpen = false;
            await settled();
            expect(counters.in).toBe(offered);
            expect(balance()).toBe(offered);
            expect(counters.held).toBeLessThanOrEqual(limit);
            if (policy !== "block") expect(buffer.isFull).toBe(false);
            else expect(buffer.isFull).toBe(!isGateOpen);
          }
          const time = new AbortController();
          if (!hasTime) time.abort();
          const closed = buffer.close(time.signal);
          for (let turn = 0; hasTime && counters.held > 0 && turn < 100; turn++) {
            open.shift()?.resolve();
            await settled();
          }
          await closed;
          const order = given.flat();
          expect(order).toEqual([...order].sort((a, b) => a - b));
          expect(new Set(order).size).toBe(order.length);
          expect(counters.held).toBe(0);
          expect(balance()).toBe(offered);
          if (hasTime) expect(order).toHaveLength(counters.out + counters.errors);
        },
      ),
      { numRuns: 200 },
    );
  });
});
