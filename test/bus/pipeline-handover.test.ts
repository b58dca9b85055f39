import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EventType } from "../../src/events/index.js";
import { PipelineBench, pipelineOptions, sentTo } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { expectBalance } from "../kit/host-until.js";

const added: EventType = "MempoolTransactionAdded";
const options = { capacity: 100, window: 4 };

/** The successor connects and subscribes. */
function handOver(
  bench: PipelineBench,
  types: readonly EventType[] = [added],
  hasGaps = true,
): RecordingSink {
  const sink = new RecordingSink();
  bench.pipeline.resume(sink, pipelineOptions({ ...options, hasGaps }));
  bench.pipeline.release(types);
  bench.pipeline.pump();
  return sink;
}

describe("a pipeline that settles several events at once", () => {
  it("counts the latency of each, also of those that fall into one slot of the histogram", () => {
    const bench = new PipelineBench(options);
    bench.nowMs = 1000;
    bench.publish(1);
    bench.nowMs = 1003;
    bench.publish(1, 1);
    bench.nowMs = 5000;
    bench.pipeline.acknowledge(3);
    expect(bench.books.deliveryLatency.sumMs).toBe(4000 + 2 * 3997);
  });
});

describe("a pipeline that is handed over", () => {
  it("lets nothing leave while it is held, and takes acknowledgements of what left before", () => {
    const bench = new PipelineBench(options);
    bench.publish(1, 1);
    bench.pipeline.hold();
    bench.publish(1, 1);
    bench.pipeline.pump();
    expect(bench.sent).toEqual([1, 2]);
    expect(bench.pipeline.acknowledge(1)).toBe("taken");
    expect(bench.books.stats()).toMatchObject({ delivered: 1, in_flight: 1, waiting: 2 });
  });

  it("tells the successor of what its predecessor left unacknowledged, before what waited", () => {
    const bench = new PipelineBench(options);
    bench.publish(1, 1, 1);
    bench.pipeline.hold();
    bench.publish(1);
    bench.pipeline.acknowledge(1);
    bench.pipeline.detach();
    bench.publish(1);
    const sink = new RecordingSink();
    bench.pipeline.resume(sink, pipelineOptions(options));
    bench.pipeline.release([added]);
    // What waits leaves with the next write, and nobody else may ask for one.
    expect(sink.flushesAsked).toBe(1);
    bench.pipeline.pump();
    expect(sentTo(sink)).toEqual(["gap 2-3 x2 reload", 4, 5]);
    expect(bench.books.stats()).toMatchObject({
      matched: 5,
      delivered: 1,
      failed_closed: 2,
      fate_unknown: 2,
      in_flight: 2,
    });
  });

  it("asks the successor's filter about what waits, and has its predecessor's no more", () => {
    const bench = new PipelineBench(options, []);
    const isOdd = ({ seq }: { readonly seq: number }) => seq % 2 === 1;
    bench.bus.subscribe(bench.pipeline, added, () => true);
    bench.pipeline.hold();
    bench.publish(1, 1, 1);
    const sink = new RecordingSink();
    bench.pipeline.resume(sink, pipelineOptions(options));
    bench.pipeline.release([added], new Map([[added, isOdd]]));
    bench.bus.subscribe(bench.pipeline, added, isOdd);
    bench.pipeline.pump();
    bench.publish(1, 1);
    expect(sentTo(sink)).toEqual([1, 3, 5]);
    expect(bench.books.stats()).toMatchObject({ matched: 5, filtered: 2, in_flight: 3 });
    bench.pipeline.hold();
    bench.pipeline.release([added]);
    bench.bus.subscribe(bench.pipeline, added);
    bench.publish(1);
    expect(bench.books.stats()).toMatchObject({ matched: 6, filtered: 2 });
  });

  it("sends no mark when everything was acknowledged", () => {
    const bench = new PipelineBench(options);
    bench.publish(1);
    bench.pipeline.hold();
    bench.pipeline.acknowledge(1);
    bench.pipeline.detach();
    bench.publish(1);
    expect(sentTo(handOver(bench))).toEqual([2]);
  });

  it("fails what waits of types that the successor didn't ask for, and hears no more of them", () => {
    const bench = new PipelineBench(options, [added, "NewBlock"]);
    bench.pipeline.hold();
    bench.publish(1);
    bench.publishOf("NewBlock");
    bench.publish(1);
    bench.pipeline.detach();
    const sink = handOver(bench, [added]);
    bench.publishOf("NewBlock");
    expect(sentTo(sink)).toEqual([1, 3]);
    expect(bench.books.stats().by_type.NewBlock).toMatchObject({ matched: 1, failed_closed: 1, waiting: 0 });
    expect(bench.pipeline.subscriptions.types()).toEqual([added]);
    expect(bench.pipeline.acknowledge(3)).toBe("taken");
    expect(bench.pipeline.heldBytes).toBe(0);
  });

  it("drops the newest while it is held and full, and says where", () => {
    const bench = new PipelineBench({ ...options, capacity: 2 });
    bench.pipeline.hold();
    bench.publish(1, 1, 1, 1);
    bench.pipeline.detach();
    const sink = handOver(bench);
    expect(sentTo(sink)).toEqual([1, 2, "gap 3-4 x2 channel_full"]);
  });

  it("tells a successor that hears of gaps what its predecessor, which doesn't, lost while it was held", () => {
    const bench = new PipelineBench({ ...options, capacity: 2, hasGaps: false });
    bench.pipeline.hold();
    bench.publish(1, 1, 1, 1);
    bench.pipeline.detach();
    expect(sentTo(handOver(bench))).toEqual([1, 2, "gap 3-4 x2 channel_full"]);
  });

  it("tells losses with nothing between them as one, also where that was of another type", () => {
    const bench = new PipelineBench({ ...options, capacity: 1 }, [added, "NodeShutdown"]);
    bench.pipeline.hold();
    bench.publish(1, 1);
    bench.publishOf("NodeShutdown", 1);
    bench.publish(1);
    expect(sentTo(handOver(bench))).toEqual([1, "gap 2-4 x2 channel_full"]);
  });

  it("knows the oldest event that waits behind what the predecessor left and what was lost", () => {
    const bench = new PipelineBench({ capacity: 1, window: 1 }, [added, "NodeShutdown"]);
    bench.publish(1, 1, 1);
    bench.pipeline.hold();
    bench.publishOf("NodeShutdown", 1);
    bench.pipeline.detach();
    const successor = new RecordingSink();
    bench.pipeline.resume(successor, pipelineOptions(options));
    bench.pipeline.release(["NodeShutdown"]);
    expect([bench.pipeline.waitingEvents, bench.pipeline.oldestWaitingSeq]).toEqual([1, 4]);
    bench.pipeline.pump();
    expect(sentTo(successor)).toEqual(["gap 1-3 x2 channel_full", 4]);
  });

  it("has the successor's word on acknowledgements and filters in its books", () => {
    const bench = new PipelineBench(options);
    bench.pipeline.hold();
    bench.pipeline.resume(new RecordingSink(), pipelineOptions({ ...options, hasAcks: false }));
    const isOdd = ({ seq }: { readonly seq: number }) => seq % 2 === 1;
    bench.pipeline.release([added], new Map([[added, isOdd]]));
    bench.bus.subscribe(bench.pipeline, added, isOdd);
    bench.publish(1, 1);
    expect(bench.books.stats()).toMatchObject({ acks: false, matched: 2, filtered: 1 });
  });

  it("refuses an acknowledgement of what only the predecessor was sent", () => {
    const bench = new PipelineBench(options);
    bench.publish(1, 1);
    bench.pipeline.hold();
    bench.pipeline.detach();
    const sink = new RecordingSink();
    bench.pipeline.resume(sink, pipelineOptions(options));
    expect(bench.pipeline.acknowledge(2)).toBe("beyond_sent");
    bench.pipeline.release([added]);
    bench.pipeline.pump();
    expect(sentTo(sink)).toEqual(["gap 1-2 x2 reload"]);
    expect(bench.pipeline.acknowledge(2)).toBe("taken");
  });

  it.each([
    ["capacity", { capacity: 1, window: 1 }],
    ["bytes", { capacity: 100, window: 1, max_bytes: 250 }],
  ])("takes the successor's limit of %s", (_what, limits) => {
    const bench = new PipelineBench({ ...options, window: 1 });
    bench.pipeline.hold();
    bench.pipeline.detach();
    const sink = new RecordingSink();
    bench.pipeline.resume(sink, pipelineOptions(limits));
    bench.pipeline.release([added]);
    bench.publish(100, 100, 100, 100);
    const { waiting, in_flight: inFlight, dropped_full: dropped } = bench.books.stats();
    expect([waiting, inFlight, dropped]).toEqual([1, 1, 2]);
  });

  it("keeps no mark for a successor that doesn't understand them", () => {
    const bench = new PipelineBench(options);
    bench.publish(1);
    bench.pipeline.hold();
    bench.pipeline.detach();
    bench.publish(1);
    expect(sentTo(handOver(bench, [added], false))).toEqual([2]);
  });

  it("fails everything when no successor comes", () => {
    const bench = new PipelineBench({ window: 1 });
    bench.publish(1, 1);
    bench.pipeline.hold();
    bench.publish(1);
    bench.pipeline.detach();
    bench.pipeline.close();
    expect(bench.books.stats()).toMatchObject({ matched: 3, failed_closed: 3, fate_unknown: 1, waiting: 0 });
    expect(bench.pipeline.heldBytes).toBe(0);
  });

  it("delivers nothing twice and explains every loss, whatever happens when", () => {
    const step = fc.constantFrom("publish", "ack", "hold", "over", "die");
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
        const bench = new PipelineBench({ window: 3, capacity });
        let sink = bench.sink;
        const all: (number | string)[] = [];
        let isGone = false;
        for (const what of steps) {
          const newest = Math.max(0, ...sentTo(sink).filter((each) => typeof each === "number"));
          if (what === "publish") bench.publish(1);
          else if (what === "ack" && !isGone) bench.pipeline.acknowledge(newest);
          else if (what === "hold") bench.pipeline.hold();
          else if (what === "die" && bench.pipeline.isHeld && !isGone) {
            bench.pipeline.detach();
            isGone = true;
          } else if (what === "over" && isGone) {
            all.push(...sentTo(sink));
            sink = handOver(bench);
            isGone = false;
          }
          expectBalance(bench.books.stats());
        }
        all.push(...sentTo(sink));
        const events = all.filter((each): each is number => typeof each === "number");
        expect(events).toEqual([...new Set(events)].sort((a, b) => a - b));
      }),
    );
  });
});
