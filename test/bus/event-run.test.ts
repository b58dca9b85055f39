import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventRecord } from "../../src/bus/event-record.js";
import { EventRun, MAX_RUN_EVENTS } from "../../src/bus/event-run.js";
import { InFlightWindow } from "../../src/bus/in-flight-window.js";
import {
  type EncodedFrame,
  EventBus,
  type ModulePipeline,
  type PipelineOptions,
} from "../../src/bus/index.js";
import { type AnyEvent, type EventType, exampleEvent, typeIndex } from "../../src/events/index.js";
import { type Logger, silentLogger } from "../../src/log.js";
import { pipelineOptions, sentTo } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { type SizedType, sizedEncoder, sizedPayload, UNENCODABLE_BYTES } from "../kit/bus-sized-events.js";

/** A bus whose runs of synchronous code end when the test says so, with modules whose writes are told. */
function openBench() {
  const ends: (() => void)[] = [];
  const bus = new EventBus({
    ...sizedEncoder(),
    log: silentLogger,
    nowMs: () => 7,
    atRunEnd: (end) => ends.push(end),
  });
  return {
    bus,
    ends,
    endRun: () => {
      for (const end of ends.splice(0)) end();
    },
    publish: (type: SizedType, bytes = 10) => bus.publish(type, sizedPayload(type, bytes)),
    join(
      name: string,
      type: SizedType,
      options: Partial<PipelineOptions> = {},
      filter?: (event: AnyEvent) => boolean,
    ) {
      const writes: number[] = [];
      const sink = new RecordingSink();
      const sendEvent = sink.sendEvent.bind(sink);
      sink.sendEvent = (frame, seq, events = 1) => {
        writes.push(events);
        sendEvent(frame, seq, events);
      };
      const pipeline = bus.openPipeline(
        name,
        sink,
        pipelineOptions({ window: 100, capacity: 100, ...options }),
      );
      bus.subscribe(pipeline, type, filter);
      return { pipeline, sink, writes };
    },
  };
}

describe("EventBus with neighbours", () => {
  it("lets each module take what was published in one run of code in one step, at its end", () => {
    const bench = openBench();
    const modules = [bench.join("one", "NewBlock"), bench.join("two", "NewBlock")];
    for (let n = 0; n < 3; n++) bench.publish("NewBlock");
    for (const { writes } of modules) expect(writes).toEqual([]);
    bench.endRun();
    for (const { writes, sink } of modules) {
      expect(writes).toEqual([3]);
      expect(sink.eventSeqs).toEqual([1, 2, 3]);
    }
    expect(bench.ends).toHaveLength(0);
  });

  it("ends a run by itself when the code is through, where the clock is real", async () => {
    const bus = new EventBus({ ...sizedEncoder(), log: silentLogger });
    const sink = new RecordingSink();
    bus.subscribe(bus.openPipeline("one", sink, pipelineOptions({ window: 10 })), "NewBlock");
    bus.publish("NewBlock", sizedPayload("NewBlock", 10));
    await Promise.resolve();
    expect(sink.eventSeqs).toEqual([1]);
  });

  it(`takes ${MAX_RUN_EVENTS} at most in one step, and no two types`, () => {
    const bench = openBench();
    const { writes } = bench.join("one", "NewBlock", { window: 1000 });
    const other = bench.join("two", "MempoolTransactionAdded");
    for (let n = 0; n < MAX_RUN_EVENTS + 2; n++) bench.publish("NewBlock");
    bench.publish("MempoolTransactionAdded");
    bench.publish("NewBlock");
    bench.endRun();
    expect(writes).toEqual([MAX_RUN_EVENTS, 2, 1]);
    expect(other.writes).toEqual([1]);
  });

  it("encodes an event when it is published: what is done to its payload afterwards changes nothing", () => {
    const bench = openBench();
    const { sink } = bench.join("one", "NewBlock");
    const payload = { ...sizedPayload("NewBlock", 10) };
    bench.bus.publish("NewBlock", payload);
    payload.height = 50;
    bench.endRun();
    expect(sink.frames.map(({ start, end }) => end - start)).toEqual([10]);
  });

  it("sends the frames as they were encoded to the one module where they wait for another", () => {
    const bench = openBench();
    const slow = bench.join("slow", "NewBlock", { window: 1 });
    const fast = bench.join("fast", "NewBlock");
    for (const bytes of [10, 20, 30]) bench.publish("NewBlock", bytes);
    bench.endRun();
    expect(fast.writes).toEqual([3]);
    expect(fast.sink.frames.map(({ start, end }) => end - start)).toEqual([60]);
    expect(slow.sink.eventSeqs).toEqual([1]);
    slow.pipeline.acknowledge(1);
    expect(slow.sink.frames.map(({ start, end }) => end - start)).toEqual([10, 20]);
  });

  it.each<[string, Partial<PipelineOptions>, number, (number | string)[]]>([
    ["the window has room for a part of them", { window: 2, capacity: 100 }, 10, [1, 2]],
    ["the bytes fit only in part", { max_bytes: 25, capacity: 100 }, 10, [1, 2, "gap 3-4 x2 channel_full"]],
    ["a frame is too long", { max_bytes: 15 }, 20, ["gap 1-4 x4 serialization"]],
    ["nobody acknowledges", { hasAcks: false }, 10, [1, 2, 3, 4]],
  ])("goes through them one by one where %s", (_case, options, bytes, expected) => {
    const bench = openBench();
    const { pipeline, sink, writes } = bench.join("one", "NewBlock", options);
    for (let n = 0; n < 4; n++) bench.publish("NewBlock", bytes);
    bench.endRun();
    pipeline.pump();
    expect(sentTo(sink)).toEqual(expected);
    expect(writes.every((events) => events === 1)).toBe(true);
    expect(bench.bus.books.getDeliveryStats("one")).toMatchObject({ matched: 4 });
  });

  const looks: [string, (bus: EventBus, pipeline: ModulePipeline) => unknown, unknown][] = [
    ["the books", ({ books }) => books.getDeliveryStats("one")?.in_flight, 2],
    ["the books of one type", ({ books }) => books.of("one").counters(typeIndex("NewBlock")).matched, 2],
    ["the totals", ({ books }) => [...books.of("one").totals()].map(([, { matched }]) => matched), [2]],
    ["all pipelines", (bus) => [...bus.pipelines()].map(({ heldBytes }) => heldBytes), [20]],
    ["books by name", (bus) => bus.books.known("one")?.gapsSent, 0],
    ["whether all is settled", (_bus, { isSettled }) => isSettled, false],
    ["the acknowledgements that are allowed", (_bus, pipeline) => pipeline.acknowledge(2), "taken"],
    ["why", (bus) => bus.explain("one", 2).fate, "in_flight"],
  ];
  it.each(looks)("shows nobody that they wait: who looks at %s sees them taken", (_what, look, expected) => {
    const bench = openBench();
    const { pipeline } = bench.join("one", "NewBlock");
    bench.publish("NewBlock");
    bench.publish("NewBlock");
    expect(look(bench.bus, pipeline)).toEqual(expected);
  });

  const changes: [string, (bus: EventBus, pipeline: ModulePipeline) => unknown][] = [
    ["unsubscribes", (_bus, pipeline) => pipeline.unsubscribe("NewBlock")],
    ["is shut", (_bus, pipeline) => pipeline.shut()],
    ["is held", (_bus, pipeline) => pipeline.hold()],
    ["is closed", (bus, pipeline) => bus.closePipeline(pipeline)],
    ["ends with the bus", (bus) => bus.close()],
    ["is about to be sent something else", (_bus, pipeline) => pipeline.catchUp()],
    ["is written to", (_bus, pipeline) => pipeline.pump()],
    ["has work between two events", (bus) => bus.atTurn(() => {})],
  ];
  it.each(changes)("gives a module what was published before it %s", (_what, change) => {
    const bench = openBench();
    const { pipeline, sink } = bench.join("one", "NewBlock");
    bench.publish("NewBlock");
    bench.publish("NewBlock");
    change(bench.bus, pipeline);
    expect(sink.eventSeqs).toEqual([1, 2]);
  });

  it.each<[string, Partial<PipelineOptions>, () => boolean]>([
    ["refuses each", {}, () => false],
    ["takes each and is slow", { window: 1 }, () => true],
    ["takes each and is full", { window: 1, capacity: 1 }, () => true],
  ])("keeps neighbours together for the others while a module's filter %s", (_what, options, filter) => {
    const bench = openBench();
    const taker = bench.join("taker", "NewBlock");
    bench.join("chooser", "NewBlock", options, filter);
    for (let n = 0; n < 8; n++) bench.publish("NewBlock");
    bench.endRun();
    expect(taker.writes).toEqual([8]);
  });

  it("keeps the order of a module that filters one of its types", () => {
    const bench = openBench();
    const { pipeline, sink } = bench.join("one", "NewBlock");
    bench.bus.subscribe(pipeline, "MempoolTransactionAdded", () => true);
    for (let n = 0; n < 3; n++) {
      bench.publish("NewBlock");
      bench.publish("MempoolTransactionAdded");
    }
    bench.endRun();
    expect(sink.eventSeqs).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("leaves nothing waiting after a look, not even what was published meanwhile", () => {
    const bench = openBench();
    const { pipeline, sink } = bench.join("one", "NewBlock");
    let left = 2;
    sink.onEvent = () => {
      if (left-- > 0) bench.publish("NewBlock");
    };
    bench.publish("NewBlock");
    pipeline.catchUp();
    expect(sink.eventSeqs).toEqual([1, 2, 3]);
  });

  it("gives an event for one module alone its place among the others", () => {
    const bench = openBench();
    const { pipeline, sink } = bench.join("one", "NewBlock");
    sink.onEvent = () => {
      sink.onEvent = undefined;
      bench.publish("NewBlock");
    };
    bench.publish("NewBlock");
    bench.bus.publishTo(pipeline, "NewBlock", sizedPayload("NewBlock", 10));
    bench.endRun();
    expect(sink.eventSeqs).toEqual([1, 2, 3]);
  });

  it("ends what publishes without end from inside a module's write", () => {
    const bench = openBench();
    const { pipeline, sink } = bench.join("one", "NewBlock");
    const refused: unknown[] = [];
    sink.onEvent = (seq) => {
      pipeline.acknowledge(seq);
      sink.sent.length = 0;
      sink.frames.length = 0;
      try {
        bench.publish("NewBlock", 1);
      } catch (error) {
        refused.push(error);
      }
    };
    bench.publish("NewBlock", 1);
    bench.endRun();
    expect(refused[0]).toMatchObject({ code: "PUBLISH_LOOP" });
  });

  it("books what can't be encoded and goes on, even when the log fails over it", () => {
    const bus = new EventBus({
      ...sizedEncoder(),
      log: {
        ...silentLogger,
        warn: () => {
          throw new Error("the log is full");
        },
      } as unknown as Logger,
      nowMs: () => 7,
      atRunEnd: () => {},
    });
    const sink = new RecordingSink();
    bus.subscribe(bus.openPipeline("one", sink, pipelineOptions({ window: 10 })), "NewBlock");
    for (const bytes of [10, UNENCODABLE_BYTES, 10]) bus.publish("NewBlock", sizedPayload("NewBlock", bytes));
    expect(bus.books.getDeliveryStats("one")).toMatchObject({
      matched: 3,
      failed_serialization: 1,
      in_flight: 2,
    });
    expect(sentTo(sink)).toEqual([1, "gap 2-2 x1 serialization", 3]);
  });

  it.each([
    ["in a run", "run"],
    ["with a filter", "filter"],
    ["for one module alone", "target"],
    ["larger than a module may be sent", "oversize"],
  ])("stays balanced when every line of the log fails: an event %s", (_case, how) => {
    const fail = () => {
      throw new Error("the log is full");
    };
    const log = { ...silentLogger, debug: fail, warn: fail, error: fail } as unknown as Logger;
    const bus = new EventBus({ ...sizedEncoder(), log, nowMs: () => 7, atRunEnd: () => {} });
    const sink = new RecordingSink();
    const pipeline = bus.openPipeline("one", sink, pipelineOptions({ window: 10, maxFrameBytes: 1000 }));
    bus.subscribe(pipeline, "NewBlock", how === "filter" ? () => true : undefined);
    const lost = sizedPayload("NewBlock", how === "oversize" ? 2000 : UNENCODABLE_BYTES);
    if (how === "target") bus.publishTo(pipeline, "NewBlock", lost);
    else bus.publish("NewBlock", lost);
    bus.publish("NewBlock", sizedPayload("NewBlock", 10));
    expect(bus.books.getDeliveryStats("one")).toMatchObject({
      matched: 2,
      failed_serialization: 1,
      in_flight: 1,
    });
    pipeline.pump();
    expect(sentTo(sink)).toEqual(["gap 1-1 x1 serialization", 2]);
  });

  it("gives who subscribes from inside a delivery the next event, not this one", () => {
    const bench = openBench();
    bench.join("one", "NewBlock");
    const seen: number[] = [];
    let isFirst = true;
    bench.bus.events$("NewBlock").subscribe(() => {
      if (isFirst) bench.bus.events$("NewBlock").subscribe(({ seq }) => seen.push(seq));
      isFirst = false;
    });
    bench.publish("NewBlock");
    bench.publish("NewBlock");
    expect(seen).toEqual([2]);
  });

  it("gives no seq to an event whose payload throws when it is looked at", () => {
    const bench = openBench();
    const payload = {
      ...exampleEvent("DataMaintenance"),
      get urgency(): never {
        throw new Error("hostile");
      },
    };
    expect(() => bench.bus.publish("DataMaintenance", payload)).toThrow("hostile");
    expect(bench.bus.publish("NewBlock", sizedPayload("NewBlock", 1))).toBe(1);
    expect(bench.bus.publishedCounts()).toMatchObject([{ count: 1 }]);
  });

  it("gives a new subscriber nothing that was published before", () => {
    const bench = openBench();
    bench.join("one", "NewBlock");
    bench.publish("NewBlock");
    const late = bench.join("late", "NewBlock");
    bench.publish("NewBlock");
    bench.endRun();
    expect(late.sink.eventSeqs).toEqual([2]);
  });

  it("keeps the order when a module's write publishes: the others get what came before first", () => {
    const bench = openBench();
    const first = bench.join("first", "NewBlock");
    const second = bench.join("second", "NewBlock");
    let isAnswered = false;
    first.sink.onEvent = () => {
      if (isAnswered) return;
      isAnswered = true;
      bench.publish("NewBlock");
      bench.bus.books.getAllDeliveryStats();
    };
    for (let n = 0; n < 3; n++) bench.publish("NewBlock");
    bench.endRun();
    bench.endRun();
    expect(first.sink.eventSeqs).toEqual([1, 2, 3, 4]);
    expect(second.sink.eventSeqs).toEqual([1, 2, 3, 4]);
  });
});

describe("EventRun", () => {
  const slab = new Uint8Array(0);
  const frame = (start: number, end: number, bytes = slab) => ({ bytes, start, end });

  it.each<[string, boolean, EventRecord]>([
    ["follows", true, record(2, frame(10, 20))],
    ["skips a seq", false, record(3, frame(10, 20))],
    ["was published at another time", false, record(2, frame(10, 20), 1)],
    ["is of another type", false, record(2, frame(10, 20), 0, "NewTransaction")],
    ["lies apart", false, record(2, frame(11, 20))],
    ["lies in another slab", false, record(2, frame(10, 20, new Uint8Array(0)))],
  ])("is joined by an event that %s: %s", (_what, joins, next) => {
    const run = new EventRun();
    run.add(record(1, frame(0, 10)));
    expect(run.isNextTo(next)).toBe(joins);
  });

  it("is empty once it is cleared", () => {
    const run = new EventRun();
    run.add(record(1, frame(0, 10)));
    run.clear();
    expect([run.records.length, run.frameBytes, run.longestFrameBytes, run.bytesUpTo.length]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(run.isNextTo(record(9, frame(70, 80)))).toBe(true);
  });
});

describe("InFlightWindow.pushRun", () => {
  it("leaves the window as pushing each event does", () => {
    const runs = fc.array(
      fc.record({
        events: fc.integer({ min: 1, max: 4 }),
        isNeighbour: fc.boolean(),
        acked: fc.integer({ min: 0, max: 6 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 9 }), runs, (size, steps) => {
        const together = new InFlightWindow(size);
        const apart = new InFlightWindow(size);
        let seq = 0;
        let end = 0;
        for (const { events, isNeighbour, acked } of steps) {
          if (!isNeighbour) seq++;
          if (together.hasRoomFor(events)) {
            const run = new EventRun();
            for (let n = 0; n < events; n++) {
              const start = end;
              end += 1 + ((++seq * 7) % 50);
              const event = record(seq, { bytes: new Uint8Array(0), start, end });
              run.add(event);
              apart.push(seq, event.typeIndex, event.frameBytes, event.publishedAtMs);
            }
            together.pushRun(run);
          }
          const upTo = together.oldestSeq() + acked - 1;
          expect(together.takeRun(upTo, 0)).toBe(apart.takeRun(upTo, 0));
          expect(together.run).toEqual(apart.run);
          expect([together.count, together.oldestSeq(), together.newestSeq()]).toEqual([
            apart.count,
            apart.oldestSeq(),
            apart.newestSeq(),
          ]);
        }
      }),
    );
  });
});

/** An event with such a frame. */
function record(seq: number, frame: EncodedFrame, atMs = 0, type: EventType = "NewBlock"): EventRecord {
  const event = { seq, type, payload: exampleEvent(type), timestamp_ms: 0, source: "node" } as AnyEvent;
  const made = new EventRecord(event, typeIndex(type), false, atMs);
  made.encodeOnce(
    () => frame,
    () => expect.unreachable(),
  );
  return made;
}
