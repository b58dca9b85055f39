import { describe, expect, it } from "vitest";
import { DeliveryBooks, ModuleBooks } from "../../src/bus/index.js";
import { typeIndex } from "../../src/events/index.js";
import { PipelineBench } from "../kit/bus-pipeline.js";

const block = typeIndex("NewBlock");
const transaction = typeIndex("NewTransaction");

function filled(): ModuleBooks {
  const books = new ModuleBooks("watcher");
  Object.assign(books.counters(block), {
    matched: 21,
    delivered: 1,
    droppedFull: 2,
    droppedCritical: 1,
    failedClosed: 3,
    fateUnknown: 2,
    failedSerialization: 4,
    filtered: 5,
    waiting: 4,
    inFlight: 2,
  });
  Object.assign(books.counters(transaction), { matched: 10, delivered: 7, waiting: 3 });
  return books;
}

describe("ModuleBooks", () => {
  it("tells the counts of each type and their sums under the documented names", () => {
    const stats = filled().stats();
    expect(stats).toMatchObject({
      matched: 31,
      delivered: 8,
      dropped_full: 2,
      failed_closed: 3,
      fate_unknown: 2,
      failed_serialization: 4,
      filtered: 5,
      waiting: 7,
      in_flight: 2,
      successful: 8,
      failed: 7,
      channel_full: 2,
      acks: true,
    });
    expect(stats.by_type.NewBlock).toMatchObject({ matched: 21, successful: 1, failed: 7, channel_full: 2 });
    expect(Object.keys(stats.by_type).sort()).toEqual(["NewBlock", "NewTransaction"]);
  });

  it("starts anew at a reset with what is still under way", () => {
    const books = filled();
    books.reset();
    expect(books.stats()).toMatchObject({
      matched: 9,
      delivered: 0,
      dropped_full: 0,
      failed_closed: 0,
      fate_unknown: 0,
      failed_serialization: 0,
      filtered: 0,
      waiting: 7,
      in_flight: 2,
      successful: 0,
      failed: 0,
      channel_full: 0,
    });
  });

  it("keeps its totals over any number of resets", () => {
    const books = filled();
    const before = Object.fromEntries(books.totals());
    books.reset();
    books.reset();
    expect(Object.fromEntries(books.totals())).toEqual(before);
    const counters = books.counters(transaction);
    counters.waiting--;
    counters.delivered++;
    books.reset();
    const total = Object.fromEntries(books.totals());
    expect(total.NewTransaction).toMatchObject({ matched: 10, delivered: 8, waiting: 2, inFlight: 0 });
    expect(total.NewBlock).toMatchObject({ matched: 21, droppedCritical: 1, fateUnknown: 2 });
  });

  it("keeps giving out the same counters after a reset", () => {
    const books = filled();
    const counters = books.counters(block);
    books.reset();
    expect(books.counters(block)).toBe(counters);
  });

  it("has a total of 0 for a type from its subscription on, and no row in its statistics before an event", () => {
    const books = new ModuleBooks("patient");
    books.noteSubscribed("NewBlock");
    books.noteSubscribed("NewTransaction");
    books.counters(transaction).matched++;
    books.counters(transaction).delivered++;
    const total = Object.fromEntries(books.totals());
    expect(total).toMatchObject({ NewBlock: { matched: 0 }, NewTransaction: { matched: 1 } });
    expect(Object.keys(books.stats().by_type)).toEqual(["NewTransaction"]);
  });

  it("has no row for a type that was never subscribed to", () => {
    expect(new ModuleBooks("idle").stats()).toMatchObject({ matched: 0, by_type: {} });
  });
});

describe("DeliveryBooks", () => {
  it("opens a module's books once and keeps them", () => {
    const books = new DeliveryBooks();
    expect(books.of("a")).toBe(books.of("a"));
    expect([...books.all()].map(({ moduleName }) => moduleName)).toEqual(["a"]);
  });

  it("knows nothing of a module that never connected", () => {
    const books = new DeliveryBooks();
    expect(books.getDeliveryStats("nobody")).toBeUndefined();
    expect(books.resetDeliveryStats("nobody")).toBe(false);
    expect(books.getAllDeliveryStats()).toEqual({});
  });

  it("resets one module and leaves the others", () => {
    const books = new DeliveryBooks();
    for (const name of ["a", "b"])
      Object.assign(books.of(name).counters(block), { matched: 1, delivered: 1 });
    expect(books.resetDeliveryStats("a")).toBe(true);
    expect(books.getAllDeliveryStats()).toMatchObject({ a: { delivered: 0 }, b: { delivered: 1 } });
  });
});

describe("the longest stall of a module", () => {
  it("is the longest time that it acknowledged nothing while it had something to", () => {
    const bench = new PipelineBench({ window: 10 });
    const acknowledgeAt = (ms: number, seq: number) => {
      bench.nowMs = ms;
      bench.pipeline.acknowledge(seq);
      return bench.books.longestStallMs;
    };
    bench.publish(1);
    expect(acknowledgeAt(50, 1)).toBe(50);
    // It rests from 50 to 900, and has nothing to acknowledge.
    bench.nowMs = 900;
    bench.publish(1, 1);
    expect(acknowledgeAt(920, 2)).toBe(50);
    expect(acknowledgeAt(980, 3)).toBe(60);
  });
});
