import { config } from "rxjs";
import { afterEach, describe, expect, it } from "vitest";
import { EventBus, MAX_WAITING_PUBLISHES } from "../../src/bus/index.js";
import type { AnyEvent, EventType } from "../../src/events/index.js";
import { eventDefinition, eventTypes, exampleEvent } from "../../src/events/index.js";
import { createEventEncoder, createMessagePackCodec, HOST_BODY_LIMITS } from "../../src/ipc/index.js";
import { silentLogger } from "../../src/log.js";
import { PipelineBench, pipelineOptions } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { sizedPayload } from "../kit/bus-sized-events.js";
import { catchError } from "../kit/catch-error.js";
import { recordingLog } from "../kit/process-recording-log.js";

const TX = exampleEvent("NewTransaction");
const BLOCK = exampleEvent("NewBlock");

function newBus(): EventBus {
  return new EventBus({ encode: () => ({ bytes: new Uint8Array(0), start: 0, end: 1 }), log: silentLogger });
}

/** What rxjs reports of subscribers that throw; restored after each test. */
const reported: unknown[] = [];
const onUnhandledError = config.onUnhandledError;
afterEach(() => {
  config.onUnhandledError = onUnhandledError;
  reported.length = 0;
});

function collectUnhandledErrors(): void {
  config.onUnhandledError = (error) => reported.push(error);
}

describe("EventBus.publish", () => {
  it("numbers events from 1 without a gap, whatever their type", () => {
    const bus = newBus();
    expect(bus.lastSeq).toBe(0);
    const seqs = [
      bus.publish("NewBlock", BLOCK),
      bus.publish("NewTransaction", TX),
      bus.publish("NewBlock", BLOCK),
    ];
    expect(seqs).toEqual([1, 2, 3]);
    expect(bus.lastSeq).toBe(3);
  });

  it("wraps the payload in an envelope with its time and source", () => {
    const bus = new EventBus({
      encode: () => ({ bytes: new Uint8Array(0), start: 0, end: 1 }),
      log: silentLogger,
      wallClockMs: () => 1_713_571_767_000,
    });
    const seen: AnyEvent[] = [];
    bus.all$.subscribe((event) => seen.push(event));
    bus.publish("NewBlock", BLOCK);
    bus.publish("WebhookSent", exampleEvent("WebhookSent"), "module:hooks");
    expect(seen).toEqual([
      { seq: 1, type: "NewBlock", payload: BLOCK, timestamp_ms: 1_713_571_767_000, source: "node" },
      {
        seq: 2,
        type: "WebhookSent",
        payload: exampleEvent("WebhookSent"),
        timestamp_ms: 1_713_571_767_000,
        source: "module:hooks",
      },
    ]);
  });

  it("counts what was published by type and kind of source", () => {
    const bus = newBus();
    bus.publish("NewBlock", BLOCK);
    bus.publish("NewBlock", BLOCK);
    bus.publish("NewBlock", BLOCK, "stream:alarm");
    bus.publish("NewTransaction", TX, "module:a");
    bus.publish("NewTransaction", TX, "module:b");
    expect(bus.publishedCounts()).toEqual([
      { type: "NewBlock", source: "node", count: 2 },
      { type: "NewTransaction", source: "module", count: 2 },
      { type: "NewBlock", source: "stream", count: 1 },
    ]);
  });

  it("takes every type of the catalogue", () => {
    const bus = newBus();
    const seen: string[] = [];
    bus.all$.subscribe(({ type }) => seen.push(type));
    for (const type of eventTypes) bus.publish(type, exampleEvent(type));
    expect(seen).toEqual(eventTypes);
  });

  it("refuses a type that is not in the catalogue and uses up no seq", () => {
    const bus = newBus();
    const error = catchError(() => bus.publish("NewBlok" as EventType, BLOCK));
    expect(error).toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
      details: { type: "NewBlok", nearest: "NewBlock" },
    });
    expect(bus.publish("NewBlock", BLOCK)).toBe(1);
  });

  it("doesn't take the names of inherited properties for types", () => {
    for (const name of ["constructor", "__proto__", "toString", ""]) {
      expect(catchError(() => newBus().publish(name as EventType, BLOCK))).toMatchObject({
        code: "UNKNOWN_EVENT_TYPE",
      });
    }
  });
});

describe("EventBus, published to from inside a subscriber", () => {
  it("delivers every event to everybody before the next one", () => {
    const bus = newBus();
    const seen: string[] = [];
    bus.events$("NewBlock").subscribe(({ seq }) => {
      seen.push(`first ${seq}`);
      if (seq < 3) bus.publish("NewBlock", BLOCK);
    });
    bus.events$("NewBlock").subscribe(({ seq }) => seen.push(`second ${seq}`));
    bus.publish("NewBlock", BLOCK);
    expect(seen).toEqual(["first 1", "second 1", "first 2", "second 2", "first 3", "second 3"]);
  });

  it("returns the seq at once although the event waits its turn", () => {
    const bus = newBus();
    const returned: number[] = [];
    const seen: number[] = [];
    bus.all$.subscribe(({ seq }) => seen.push(seq));
    bus.events$("NewBlock").subscribe(() => {
      returned.push(bus.publish("NewTransaction", TX), bus.publish("NewTransaction", TX));
      expect(seen).toEqual([]);
    });
    expect(bus.publish("NewBlock", BLOCK)).toBe(1);
    expect(returned).toEqual([2, 3]);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("lets ten thousand publishes wait and refuses the next", () => {
    const bus = newBus();
    let error: unknown;
    let delivered = 0;
    bus.events$("NewTransaction").subscribe(() => delivered++);
    bus.events$("NewBlock").subscribe(() => {
      for (let n = 0; n < MAX_WAITING_PUBLISHES; n++) bus.publish("NewTransaction", TX);
      error = catchError(() => bus.publish("NewTransaction", TX));
    });
    bus.publish("NewBlock", BLOCK);
    expect(MAX_WAITING_PUBLISHES).toBe(10_000);
    expect(error).toMatchObject({
      code: "PUBLISH_LOOP",
      details: { type: "NewTransaction", waiting: 10_000, limit: 10_000 },
    });
    expect(delivered).toBe(10_000);
    expect(bus.lastSeq).toBe(10_001);
  });

  it("ends a subscriber that answers every event with exactly one", () => {
    const bus = newBus();
    const refusals: unknown[] = [];
    bus.events$("NewTransaction").subscribe(() => {
      try {
        bus.publish("NewTransaction", TX);
      } catch (error) {
        refusals.push(error);
      }
    });
    bus.publish("NewTransaction", TX);
    expect(refusals).toEqual([expect.objectContaining({ code: "PUBLISH_LOOP" })]);
    expect(bus.lastSeq).toBe(1_000_000);
  });

  it("ends a loop that answers each event with two, and works afterwards", () => {
    const bus = newBus();
    let refused = 0;
    const seen: number[] = [];
    bus.events$("NewTransaction").subscribe(({ seq }) => {
      seen.push(seq);
      if (refused > 100) return;
      for (let n = 0; n < 2; n++) {
        try {
          bus.publish("NewTransaction", TX);
        } catch (error) {
          expect(error).toMatchObject({ code: "PUBLISH_LOOP" });
          refused++;
        }
      }
    });
    bus.publish("NewTransaction", TX);
    expect(refused).toBeGreaterThan(100);
    expect(seen).toEqual(Array.from(seen, (_, n) => n + 1));
    expect(bus.publish("NewTransaction", TX)).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(MAX_WAITING_PUBLISHES);
  });
});

describe("EventBus.atTurn", () => {
  it("runs at once when nothing is being delivered", () => {
    const bus = newBus();
    const seen: string[] = [];
    bus.atTurn(() => seen.push("work"));
    expect(seen).toEqual(["work"]);
  });

  it("runs between the events that were published before and after it", () => {
    const bus = newBus();
    const seen: (number | string)[] = [];
    bus.all$.subscribe(({ seq }) => seen.push(seq));
    bus.events$("NewBlock").subscribe(() => {
      bus.publish("NewTransaction", TX);
      bus.atTurn(() => {
        seen.push("work");
        bus.publish("NewTransaction", TX);
        bus.atTurn(() => seen.push("inner work"));
      });
      bus.publish("NewTransaction", TX);
    });
    bus.publish("NewBlock", BLOCK);
    expect(seen).toEqual([1, 2, "work", 3, 4, "inner work"]);
  });

  it("logs work that throws and goes on with the turns behind it", () => {
    const log = recordingLog();
    const bus = new EventBus({ encode: () => ({ bytes: new Uint8Array(0), start: 0, end: 1 }), log });
    const seen: number[] = [];
    bus.all$.subscribe(({ seq }) => seen.push(seq));
    bus.events$("NewBlock").subscribe(() => {
      bus.atTurn(() => {
        throw new Error("broken work");
      });
      bus.publish("NewTransaction", TX);
    });
    bus.publish("NewBlock", BLOCK);
    expect(seen).toEqual([1, 2]);
    expect(log.lines).toMatchObject([{ level: "error", fields: { err: { message: "broken work" } } }]);
  });
});

describe("EventBus.events$", () => {
  it("gives the named types in seq order, from the subscription on", () => {
    const bus = newBus();
    const seen: number[] = [];
    bus.publish("NewBlock", BLOCK);
    bus.events$("NewTransaction", "NewBlock").subscribe(({ seq }) => seen.push(seq));
    bus.publish("NewBlock", BLOCK);
    bus.publish("NodeShutdown", exampleEvent("NodeShutdown"));
    bus.publish("NewTransaction", TX);
    expect(seen).toEqual([2, 4]);
  });

  it("gives an event once when its type is named twice", () => {
    const bus = newBus();
    const seen: number[] = [];
    bus.events$("NewBlock", "NewBlock").subscribe(({ seq }) => seen.push(seq));
    bus.publish("NewBlock", BLOCK);
    expect(seen).toEqual([1]);
  });

  it("stops at an unsubscribe, also in the middle of a delivery", () => {
    const bus = newBus();
    const seen: number[] = [];
    bus.events$("NewBlock").subscribe(({ seq }) => seq === 2 && second.unsubscribe());
    const second = bus.events$("NewBlock").subscribe(({ seq }) => seen.push(seq));
    for (let n = 0; n < 3; n++) bus.publish("NewBlock", BLOCK);
    expect(seen).toEqual([1]);
  });

  it("goes on with the others and with the thrower when a subscriber throws", async () => {
    collectUnhandledErrors();
    const bus = newBus();
    const seen: string[] = [];
    bus.events$("NewBlock").subscribe(({ seq }) => {
      seen.push(`thrower ${seq}`);
      throw new Error(`at ${seq}`);
    });
    bus.events$("NewBlock").subscribe(({ seq }) => seen.push(`other ${seq}`));
    const bench = bus.openPipeline("module", new RecordingSink(), pipelineOptions({ window: 10 }));
    bus.subscribe(bench, "NewBlock");
    expect(bus.publish("NewBlock", BLOCK)).toBe(1);
    expect(bus.publish("NewBlock", BLOCK)).toBe(2);
    expect(seen).toEqual(["thrower 1", "other 1", "thrower 2", "other 2"]);
    bench.catchUp();
    expect(bench.inFlightEvents).toBe(2);
    await expect.poll(() => reported.map((error) => (error as Error).message)).toEqual(["at 1", "at 2"]);
  });

  it("refuses an unknown type", () => {
    const error = catchError(() => newBus().events$("NewBlok" as EventType));
    expect(error).toMatchObject({ code: "UNKNOWN_EVENT_TYPE" });
  });
});

describe("EventBus.openPipeline", () => {
  it("encodes an event once for sixteen modules and gives all of them the same frame", () => {
    let calls = 0;
    const encode = createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS));
    const bus = new EventBus({
      encode: (event, typeIndex) => {
        calls++;
        return encode(event, typeIndex);
      },
      log: silentLogger,
    });
    const sinks = Array.from({ length: 16 }, () => new RecordingSink());
    for (const [n, sink] of sinks.entries()) {
      bus.subscribe(bus.openPipeline(`module-${n}`, sink, pipelineOptions({ window: 10 })), "NewBlock");
    }
    for (let n = 0; n < 5; n++) bus.publish("NewBlock", BLOCK);
    expect(calls).toBe(5);
    bus.books.getAllDeliveryStats();
    for (const sink of sinks) {
      expect(sink.eventSeqs).toEqual([1, 2, 3, 4, 5]);
      for (const [n, frame] of sink.frames.entries()) expect(frame).toBe(sinks[0]!.frames[n]);
    }
  });

  it("encodes nothing that no module asked for", () => {
    const bench = new PipelineBench({}, ["NewBlock"]);
    bench.publish(1, 1, 1);
    expect(bench.encoded).toEqual([]);
    const block = bench.publishOf("NewBlock");
    expect(bench.encoded).toEqual([block]);
  });

  it("tries an event that can't be encoded once, however many want it", () => {
    const bench = new PipelineBench();
    const other = bench.bus.openPipeline("other", new RecordingSink(), pipelineOptions());
    bench.bus.subscribe(other, "MempoolTransactionAdded");
    const [seq] = bench.publish(13);
    expect(bench.encoded).toEqual([seq]);
    expect(bench.warnings()).toHaveLength(1);
    for (const name of ["slow", "other"]) {
      expect(bench.bus.books.getDeliveryStats(name)).toMatchObject({ matched: 1, failed_serialization: 1 });
    }
  });

  it("takes the events that are published after the subscription only", () => {
    const bench = new PipelineBench({ window: 10 }, []);
    bench.publish(1);
    expect(bench.bus.subscribe(bench.pipeline, "MempoolTransactionAdded")).toBe(true);
    bench.publish(1);
    expect(bench.sent).toEqual([2]);
  });

  it("changes nothing when a type is subscribed to twice", () => {
    const bench = new PipelineBench({ window: 10 });
    expect(bench.bus.subscribe(bench.pipeline, "MempoolTransactionAdded")).toBe(false);
    bench.publish(1);
    expect(bench.sent).toEqual([1]);
    expect(bench.books.stats().matched).toBe(1);
  });

  it("refuses to subscribe a module to an unknown type", () => {
    const bench = new PipelineBench();
    const error = catchError(() => bench.bus.subscribe(bench.pipeline, "Nothing" as EventType));
    expect(error).toMatchObject({ code: "UNKNOWN_EVENT_TYPE" });
  });

  it("names the modules that are subscribed to a type now", () => {
    const bench = new PipelineBench();
    const { bus, pipeline } = bench;
    const other = bus.openPipeline("other", new RecordingSink(), pipelineOptions());
    bus.subscribe(other, "NewBlock");
    expect(bus.getSubscribers("NewBlock")).toEqual(["slow", "other"]);
    pipeline.unsubscribe("NewBlock");
    expect(bus.getSubscribers("NewBlock")).toEqual(["other"]);
    bus.closePipeline(other);
    expect(bus.getSubscribers("NewBlock")).toEqual([]);
  });

  it("keeps a module's statistics when its connection is gone and adds those of the next", () => {
    const bench = new PipelineBench({ window: 10 });
    bench.publish(1, 1);
    bench.pipeline.acknowledge(1);
    bench.bus.closePipeline(bench.pipeline);
    expect(bench.bus.books.getDeliveryStats("slow")).toMatchObject({
      matched: 2,
      delivered: 1,
      failed_closed: 1,
    });
    const sink = new RecordingSink();
    const again = bench.bus.openPipeline("slow", sink, pipelineOptions());
    bench.bus.subscribe(again, "MempoolTransactionAdded");
    const [seq = 0] = bench.publish(1);
    expect(again.acknowledge(seq)).toBe("taken");
    expect(bench.bus.books.getDeliveryStats("slow")).toMatchObject({
      matched: 3,
      delivered: 2,
      failed_closed: 1,
    });
  });
});

describe("EventBus.publishTo", () => {
  it("gives one module alone an event with the next seq, in its turn", () => {
    const bench = new PipelineBench({ window: 10 }, ["MempoolTransactionAdded"]);
    const everything: number[] = [];
    bench.bus.all$.subscribe(({ seq }) => everything.push(seq));
    bench.bus.events$("MempoolTransactionAdded").subscribe(({ seq }) => {
      if (seq === 1) bench.bus.publishTo(bench.pipeline, "NewBlock", sizedPayload("NewBlock", 1));
      if (seq === 1) bench.publish(1);
    });
    bench.publish(1);
    expect(bench.sent).toEqual([1, 2, 3]);
    expect(everything).toEqual([1, 3]);
    expect(bench.books.stats().by_type.NewBlock).toMatchObject({ matched: 1, in_flight: 1 });
  });

  it("finds room in a full channel, and delivers in order", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    bench.publish(1, 1, 1);
    for (let n = 0; n < 30; n++) bench.bus.publishTo(bench.pipeline, "NewBlock", sizedPayload("NewBlock", 1));
    expect(bench.books.stats()).toMatchObject({ matched: 33, dropped_full: 1, waiting: 31, in_flight: 1 });
    bench.sink.onEvent = (seq) => void bench.pipeline.acknowledge(seq);
    bench.pipeline.acknowledge(1);
    expect(bench.sent.slice(0, 5)).toEqual([1, 2, "gap 3-3 x1 channel_full", 4, 5]);
    expect(bench.books.stats()).toMatchObject({ delivered: 32, waiting: 0, in_flight: 0 });
  });

  it("is refused by a full channel like any other event without reserved room", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    bench.publish(1, 1);
    for (let n = 0; n < 3; n++)
      bench.bus.publishTo(bench.pipeline, "NewBlock", sizedPayload("NewBlock", 1), false);
    expect(bench.books.stats().by_type.NewBlock).toMatchObject({ matched: 3, dropped_full: 3 });
    bench.pipeline.acknowledge(1);
    expect(bench.sent).toEqual([1, 2, "gap 3-5 x3 channel_full"]);
  });

  it("needs a subscription without reserved room", () => {
    const bench = new PipelineBench({}, []);
    bench.bus.publishTo(bench.pipeline, "NewBlock", sizedPayload("NewBlock", 1), false);
    expect(bench.sent).toEqual([]);
    expect(bench.books.stats().matched).toBe(0);
  });

  it("reaches nobody when the module's connection closed before its turn", () => {
    const bench = new PipelineBench({}, []);
    bench.bus.events$("NewBlock").subscribe(() => {
      bench.bus.publishTo(
        bench.pipeline,
        "MempoolTransactionAdded",
        sizedPayload("MempoolTransactionAdded", 1),
      );
      bench.bus.closePipeline(bench.pipeline);
    });
    bench.publishOf("NewBlock");
    expect(bench.sent).toEqual([]);
    expect(bench.books.stats().matched).toBe(0);
  });
});

describe("EventBus.close", () => {
  it("completes every Observable, also those that are asked for later", () => {
    const bus = newBus();
    const completed: string[] = [];
    bus.events$("NewBlock").subscribe({ complete: () => completed.push("events") });
    bus.all$.subscribe({ complete: () => completed.push("all") });
    bus.close();
    bus.events$("NewTransaction", "NewBlock").subscribe({ complete: () => completed.push("late events") });
    bus.all$.subscribe({ complete: () => completed.push("late all") });
    expect(completed).toEqual(["events", "all", "late events", "late all"]);
  });

  it("refuses what is published or sent to a module afterwards", () => {
    const bench = new PipelineBench();
    bench.bus.close();
    expect(catchError(() => bench.publish(1))).toMatchObject({ code: "BUS_CLOSED" });
    const payload = sizedPayload("NewBlock", 1);
    expect(catchError(() => bench.bus.publishTo(bench.pipeline, "NewBlock", payload))).toMatchObject({
      code: "BUS_CLOSED",
    });
    expect(bench.bus.lastSeq).toBe(0);
  });

  it("books what its modules still had and may be called twice", () => {
    const bench = new PipelineBench();
    bench.publish(1, 1);
    bench.bus.close();
    bench.bus.close();
    expect(bench.books.stats()).toMatchObject({
      matched: 2,
      failed_closed: 2,
      fate_unknown: 1,
      waiting: 0,
      in_flight: 0,
    });
    expect([...bench.bus.pipelines()]).toEqual([]);
  });

  it("ends a delivery that is under way after the event of the closer", () => {
    const bus = newBus();
    const seen: number[] = [];
    bus.events$("NewBlock").subscribe(({ seq }) => {
      seen.push(seq);
      if (seq > 1) return;
      bus.publish("NewBlock", BLOCK);
      bus.close();
    });
    bus.publish("NewBlock", BLOCK);
    expect(seen).toEqual([1]);
  });
});

describe("EventRecord", () => {
  it("is critical as the catalogue says, payload included", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    bench.publish(1, 1);
    bench.publishOf("DataMaintenance", 2);
    bench.publishOf("DataMaintenance", 3);
    bench.publishOf("NodeShutdown");
    expect(eventDefinition("NodeShutdown").critical).toBe("always");
    expect(bench.books.stats().by_type.DataMaintenance).toMatchObject({ dropped_full: 1, waiting: 1 });
    expect(bench.books.stats().by_type.NodeShutdown).toMatchObject({ dropped_full: 0, waiting: 1 });
  });
});
