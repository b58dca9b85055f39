import { describe, expect, it } from "vitest";
import { ANSWERS_TO_RECOVER } from "../../src/bus/filter-gate.js";
import { exampleEvent } from "../../src/events/index.js";
import { PipelineBench, pipelineOptions } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { sizedPayload } from "../kit/bus-sized-events.js";

describe("ModulePipeline", () => {
  it("takes exactly window and capacity of a module that never acknowledges", () => {
    const bench = new PipelineBench({ capacity: 100, window: 256 });
    bench.publish(...new Array<number>(1000).fill(1));
    expect(bench.sink.eventSeqs).toEqual(Array.from({ length: 256 }, (_, n) => n + 1));
    expect(bench.books.stats()).toMatchObject({
      matched: 1000,
      in_flight: 256,
      waiting: 100,
      dropped_full: 644,
    });
  });

  it("resumes in order behind a stall with one gap that tells all of the loss", () => {
    const bench = new PipelineBench({ capacity: 3, window: 2 });
    bench.publish(...new Array<number>(20).fill(1));
    bench.sink.onEvent = (seq) => void bench.pipeline.acknowledge(seq);
    bench.pipeline.acknowledge(2);
    expect(bench.sent).toEqual([1, 2, 3, 4, 5, "gap 6-20 x15 channel_full"]);
    expect(bench.books.stats()).toMatchObject({
      matched: 20,
      delivered: 5,
      dropped_full: 15,
      waiting: 0,
      in_flight: 0,
    });
  });

  it("sends a mark behind the last event although the window is closed", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    bench.publish(1, 1, 1);
    bench.pipeline.acknowledge(1);
    expect(bench.sent).toEqual([1, 2, "gap 3-3 x1 channel_full"]);
    expect(bench.pipeline.inFlightEvents).toBe(1);
  });

  it("sends a mark with nothing before it at the next flush, without a further event", () => {
    const bench = new PipelineBench({ max_bytes: 100, window: 10 });
    bench.publish(100, 50);
    expect(bench.sent).toEqual([1]);
    expect(bench.sink.flushesAsked).toBe(1);
    bench.pipeline.pump();
    expect(bench.sent).toEqual([1, "gap 2-2 x1 channel_full"]);
  });

  it("lets a mark grow until it leaves, and begins another afterwards", () => {
    const bench = new PipelineBench({ max_bytes: 100, window: 10 });
    bench.publish(100, 50, 51);
    bench.pipeline.pump();
    bench.publish(52);
    bench.pipeline.pump();
    expect(bench.sent).toEqual([1, "gap 2-3 x2 channel_full", "gap 4-4 x1 channel_full"]);
  });

  it("holds marks back while the peer doesn't read", () => {
    const bench = new PipelineBench({ max_bytes: 100, window: 10 });
    bench.sink.hasDemand = false;
    bench.publish(100, 50);
    bench.pipeline.pump();
    expect(bench.sent).toEqual([1]);
    bench.sink.hasDemand = true;
    bench.pipeline.written(1);
    expect(bench.sent).toEqual([1, "gap 2-2 x1 channel_full"]);
  });

  it("sends events by the window alone, whatever the peer reads", () => {
    const bench = new PipelineBench({ window: 3 });
    bench.sink.hasDemand = false;
    bench.publish(1, 1, 1, 1);
    expect(bench.sent).toEqual([1, 2, 3]);
  });

  it("sends nothing more to a peer without the gap feature than events", () => {
    const bench = new PipelineBench({ hasGaps: false, capacity: 1, window: 1 });
    bench.publish(1, 1, 1, 13, 1);
    bench.sink.onEvent = (seq) => void bench.pipeline.acknowledge(seq);
    bench.pipeline.acknowledge(1);
    expect(bench.sent).toEqual([1, 2]);
    expect(bench.books.stats()).toMatchObject({ delivered: 2, dropped_full: 2, failed_serialization: 1 });
    expect(bench.books.gapsSent).toBe(0);
  });

  it("fails an event whose frame alone is larger than its bytes or than a frame may be", () => {
    const bench = new PipelineBench({ max_bytes: 100, maxFrameBytes: 80, window: 10 });
    bench.publish(80, 81, 101);
    bench.pipeline.pump();
    expect(bench.sent).toEqual([1, "gap 2-3 x2 serialization"]);
    expect(bench.books.stats()).toMatchObject({ in_flight: 1, failed_serialization: 2, dropped_full: 0 });
  });

  it("has a line for the first event that is too large, and for each that doubles their number", () => {
    const bench = new PipelineBench({ max_bytes: 100, window: 10 });
    bench.publish(...new Array<number>(1000).fill(101));
    const lines = bench.log.lines.filter(({ message }) => message.includes("max_bytes"));
    expect(lines.map(({ fields }) => fields)).toMatchObject(
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((count) => ({ count, seq: count, frameBytes: 101 })),
    );
    expect(bench.books.stats()).toMatchObject({ failed_serialization: 1000 });
  });

  it("bounds waiting and in flight together by bytes", () => {
    const bench = new PipelineBench({ capacity: 100, window: 2, max_bytes: 800 });
    bench.publish(...new Array<number>(20).fill(100));
    expect(bench.pipeline.heldBytes).toBe(700);
    expect(bench.books.stats()).toMatchObject({ in_flight: 2, waiting: 5, dropped_full: 13 });
    bench.publishOf("NodeShutdown", 100);
    expect(bench.pipeline.heldBytes).toBe(800);
    bench.publishOf("NodeShutdown", 1);
    expect(bench.books.stats().by_type.NodeShutdown).toMatchObject({ waiting: 1, dropped_full: 1 });
  });

  it("counts critical drops apart from the others", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    bench.publish(1, 1, 1);
    for (let n = 0; n < 18; n++) bench.publishOf("NodeShutdown");
    const totals = Object.fromEntries(bench.books.totals());
    expect(totals.MempoolTransactionAdded).toMatchObject({ droppedFull: 1, droppedCritical: 0 });
    expect(totals.NodeShutdown).toMatchObject({ droppedFull: 2, droppedCritical: 2 });
  });

  it("has its bytes back when everything was acknowledged", () => {
    const bench = new PipelineBench({ capacity: 100, window: 2, max_bytes: 800 });
    bench.publish(100, 200, 300);
    bench.pipeline.acknowledge(2);
    bench.pipeline.acknowledge(3);
    expect(bench.pipeline.heldBytes).toBe(0);
    expect(bench.pipeline.isSettled).toBe(true);
  });

  it("counts and passes over what its filter refuses, without a gap", () => {
    const bench = new PipelineBench({ window: 10 }, []);
    const { bus, pipeline } = bench;
    bus.subscribe(pipeline, "NewBlock", (event) => event.type === "NewBlock" && event.payload.height > 10);
    bench.publishOf("NewBlock", 9);
    bench.publishOf("NewBlock", 11);
    pipeline.pump();
    expect(bench.sent).toEqual([2]);
    expect(bench.books.stats()).toMatchObject({ matched: 2, filtered: 1, in_flight: 1 });
    expect(bench.encoded).toEqual([2]);
  });

  it("filters out what its filter throws on, and keeps the books balanced", () => {
    const bench = new PipelineBench({ window: 10 }, []);
    bench.bus.subscribe(bench.pipeline, "NewBlock", () => {
      throw new Error("broken filter");
    });
    bench.publishOf("NewBlock", 9);
    expect(bench.books.stats()).toMatchObject({ matched: 1, filtered: 1 });
    expect(bench.warnings()).toMatchObject([{ fields: { module: "slow", type: "NewBlock", seq: 1 } }]);
  });

  it("warns of a failing filter once, and again after it has answered a thousand events", () => {
    const bench = new PipelineBench({ window: 10 }, []);
    bench.bus.subscribe(bench.pipeline, "NewBlock", (event) => {
      if (event.type === "NewBlock" && event.payload.height === 1) throw new Error("broken filter");
      return false;
    });
    for (let n = 0; n < 50; n++) bench.publishOf("NewBlock", n % 2);
    expect(bench.warnings()).toHaveLength(1);
    for (let n = 0; n < ANSWERS_TO_RECOVER; n++) bench.publishOf("NewBlock", 0);
    bench.publishOf("NewBlock", 1);
    expect(bench.warnings()).toHaveLength(2);
    expect(bench.books.stats()).toMatchObject({ matched: 1051, filtered: 1051, filter_failures: 26 });
  });

  it("asks the filter about an event for this module alone, reserved room or not", () => {
    const bench = new PipelineBench({ window: 10 }, []);
    const { bus, pipeline } = bench;
    bus.subscribe(pipeline, "NewBlock", () => false);
    for (const isReserved of [true, false])
      bus.publishTo(pipeline, "NewBlock", exampleEvent("NewBlock"), isReserved);
    expect(bench.books.stats()).toMatchObject({ matched: 2, filtered: 2, in_flight: 0 });
  });

  it("delivers what was queued before an unsubscribe", () => {
    const bench = new PipelineBench({ capacity: 5, window: 1 });
    bench.publish(1, 1);
    bench.pipeline.unsubscribe("MempoolTransactionAdded");
    bench.publish(1);
    bench.pipeline.acknowledge(1);
    bench.pipeline.acknowledge(2);
    expect(bench.sent).toEqual([1, 2]);
    expect(bench.books.stats()).toMatchObject({ matched: 2, delivered: 2 });
    expect(bench.pipeline.subscriptions.has("MempoolTransactionAdded")).toBe(false);
    expect(bench.pipeline.subscriptions.types()).not.toContain("MempoolTransactionAdded");
  });

  it("tells the age of the oldest event that waits, a mark before it or not", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    expect(bench.pipeline.oldestWaitingAgeMs).toBe(0);
    bench.publish(1);
    bench.nowMs = 5;
    bench.publish(1);
    bench.nowMs = 12;
    expect(bench.pipeline.oldestWaitingAgeMs).toBe(7);
  });

  it("notes once per episode of drops that it began, and once that the module caught up", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 });
    const began = () => bench.log.lines.filter(({ message }) => message.includes("channel is full"));
    bench.publish(1, 1, 1, 1);
    expect(began()).toHaveLength(1);
    bench.pipeline.acknowledge(1);
    expect(bench.log.lines.at(-1)).toMatchObject({ level: "debug", fields: { module: "slow", dropped: 2 } });
    bench.publish(1, 1);
    expect(began()).toHaveLength(2);
    expect(bench.warnings()).toEqual([]);
  });
});

describe("ModulePipeline.acknowledge", () => {
  it("settles every event up to the named seq", () => {
    const bench = new PipelineBench({ window: 4 });
    bench.publish(1, 1, 1, 1);
    expect(bench.pipeline.acknowledge(3)).toBe("taken");
    expect(bench.books.stats()).toMatchObject({ delivered: 3, in_flight: 1 });
  });

  it("ignores a seq that is lower than or equal to the last", () => {
    const bench = new PipelineBench({ window: 4 });
    bench.publish(1, 1, 1);
    bench.pipeline.acknowledge(2);
    expect([2, 1, 0].map((seq) => bench.pipeline.acknowledge(seq))).toEqual([
      "ignored",
      "ignored",
      "ignored",
    ]);
    expect(bench.books.stats().delivered).toBe(2);
    expect(bench.books.lastAckedSeq).toBe(2);
  });

  it("tells a seq that was never sent, and settles nothing by it", () => {
    const bench = new PipelineBench({ window: 1, capacity: 5 });
    bench.publish(1, 1);
    expect(bench.pipeline.acknowledge(2)).toBe("beyond_sent");
    expect(bench.books.stats()).toMatchObject({ delivered: 0, in_flight: 1, waiting: 1 });
  });

  it("takes the last seq of a gap, and of nothing else that is lost", () => {
    const bench = new PipelineBench({ capacity: 1, window: 2 });
    bench.publish(1, 1, 1, 1, 1);
    bench.pipeline.acknowledge(1);
    expect(bench.sent).toEqual([1, 2, 3, "gap 4-5 x2 channel_full"]);
    expect(bench.pipeline.acknowledge(6)).toBe("beyond_sent");
    expect(bench.pipeline.acknowledge(5)).toBe("taken");
    expect(bench.books.stats()).toMatchObject({ delivered: 3, in_flight: 0 });
  });

  it("keeps the order when the peer acknowledges from inside the write", () => {
    const bench = new PipelineBench({ capacity: 50, window: 1 });
    bench.publish(...new Array<number>(51).fill(1));
    bench.sink.onEvent = (seq) => void bench.pipeline.acknowledge(seq);
    bench.pipeline.acknowledge(1);
    expect(bench.sent).toEqual(Array.from({ length: 51 }, (_, n) => n + 1));
    expect(bench.books.stats()).toMatchObject({ matched: 51, delivered: 51 });
  });

  it("measures the time from publish to acknowledgement", () => {
    const bench = new PipelineBench({ window: 4 });
    bench.publish(1);
    bench.nowMs = 3;
    bench.publish(1);
    bench.nowMs = 10;
    bench.pipeline.acknowledge(2);
    expect(bench.books.deliveryLatency).toMatchObject({ count: 2, sumMs: 17 });
  });
});

describe("ModulePipeline without acknowledgements", () => {
  it("counts an event as delivered when its write left the process", () => {
    const bench = new PipelineBench({ hasAcks: false, window: 1 });
    bench.publish(1, 1, 1);
    expect(bench.sent).toEqual([1, 2, 3]);
    expect(bench.books.stats()).toMatchObject({ in_flight: 3, delivered: 0, acks: false });
    bench.pipeline.written(2);
    expect(bench.books.stats()).toMatchObject({ in_flight: 1, delivered: 2 });
  });

  it("has no window: what the peer reads is the only brake", () => {
    const bench = new PipelineBench({ hasAcks: false, capacity: 2, window: 1 });
    bench.sink.hasDemand = false;
    bench.publish(1, 1, 1);
    expect(bench.books.stats()).toMatchObject({ in_flight: 0, waiting: 2, dropped_full: 1 });
    bench.sink.hasDemand = true;
    bench.pipeline.written(0);
    expect(bench.sent).toEqual([1, 2, "gap 3-3 x1 channel_full"]);
  });

  it("doesn't take the write of something else for an acknowledgement", () => {
    const bench = new PipelineBench({ window: 4 });
    bench.publish(1);
    bench.pipeline.acknowledge(1);
    const { lastAckAtMs } = bench.books;
    bench.bus.closePipeline(bench.pipeline);
    const silent = bench.bus.openPipeline("slow", new RecordingSink(), pipelineOptions({ hasAcks: false }));
    bench.books.lastAckAtMs = 1;
    silent.written(0);
    expect(lastAckAtMs).toBeGreaterThan(1);
    expect(bench.books).toMatchObject({ lastAckedSeq: 1, lastAckAtMs: 1 });
  });
});

describe("ModulePipeline.shut", () => {
  it("lets nothing more in or out, and still takes acknowledgements", () => {
    const bench = new PipelineBench({ capacity: 3, window: 1 });
    bench.publish(1, 1);
    bench.pipeline.shut();
    bench.publish(1);
    expect(bench.bus.subscribe(bench.pipeline, "NewBlock")).toBe(false);
    expect(bench.pipeline.acknowledge(1)).toBe("taken");
    expect(bench.sent).toEqual([1]);
    expect(bench.books.stats()).toMatchObject({ matched: 2, delivered: 1, waiting: 1 });
    bench.pipeline.close();
    expect(bench.books.stats()).toMatchObject({
      matched: 2,
      delivered: 1,
      failed_closed: 1,
      fate_unknown: 0,
    });
  });
});

describe("ModulePipeline.close", () => {
  it("counts what waited as failed and what was in flight as fate unknown too", () => {
    const bench = new PipelineBench({ capacity: 3, window: 2 });
    bench.publish(1, 1, 1, 1, 1, 1);
    bench.pipeline.acknowledge(1);
    bench.pipeline.close();
    expect(bench.books.stats()).toMatchObject({
      matched: 6,
      delivered: 1,
      dropped_full: 1,
      failed_closed: 4,
      fate_unknown: 2,
      waiting: 0,
      in_flight: 0,
    });
    expect(bench.pipeline.heldBytes).toBe(0);
  });

  it("takes nothing afterwards, counts nothing, and may be called twice", () => {
    const bench = new PipelineBench({ window: 4 });
    bench.publish(1);
    bench.pipeline.close();
    bench.pipeline.close();
    bench.publish(1);
    bench.bus.publishTo(bench.pipeline, "NewBlock", sizedPayload("NewBlock", 1));
    expect(bench.bus.subscribe(bench.pipeline, "NewBlock")).toBe(false);
    bench.pipeline.pump();
    bench.pipeline.written(99);
    expect(bench.sent).toEqual([1]);
    expect(bench.books.stats()).toMatchObject({ matched: 1, failed_closed: 1, fate_unknown: 1 });
  });

  it("in the middle of a delivery ends the closed module's events only", () => {
    const bench = new PipelineBench({ window: 4 }, []);
    bench.bus.events$("NewBlock").subscribe(() => bench.bus.closePipeline(bench.pipeline));
    const sink = new RecordingSink();
    const other = bench.bus.openPipeline("other", sink, pipelineOptions());
    bench.bus.subscribe(bench.pipeline, "NewBlock");
    bench.bus.subscribe(other, "NewBlock");
    bench.publishOf("NewBlock");
    bench.publishOf("NewBlock");
    expect(bench.books.stats()).toMatchObject({ matched: 1, failed_closed: 1 });
    expect(bench.bus.books.getDeliveryStats("other")).toMatchObject({ matched: 2 });
    expect(sink.eventSeqs).toEqual([1]);
  });
});
