import { describe, expect, it } from "vitest";
import { MAX_LOSS_RUNS } from "../../src/bus/history/loss-record.js";
import { RECENT_EVENTS } from "../../src/bus/history/recent-events.js";
import type { EventFilter } from "../../src/bus/index.js";
import { PipelineBench, pipelineOptions } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { UNENCODABLE_BYTES } from "../kit/bus-sized-events.js";

const added = "MempoolTransactionAdded";
const at = "1970-01-01T00:00:01.000Z";

function isOdd(event: { readonly seq: number }): boolean {
  return event.seq % 2 === 1;
}

const oddOnly: EventFilter = Object.assign(isOdd, { source: "event.seq % 2 == 1" });

function failing(): boolean {
  throw new Error("no answer");
}

const failingFilter: EventFilter = Object.assign(failing, { source: "1 / 0 == 1" });

describe("an explanation", () => {
  it("of an acknowledged event says when, and of what was sent or waits that it is under way", () => {
    const bench = new PipelineBench({ capacity: 5, window: 2 });
    bench.publish(1, 1, 1);
    bench.pipeline.acknowledge(1);
    bench.publish(1);
    expect(bench.bus.explain("slow", 1)).toEqual({
      module: "slow",
      seq: 1,
      fate: "delivered",
      text: `Delivered: slow acknowledged event 1 at ${at}.`,
      event_type: added,
      published_ms: 1000,
      acknowledged_ms: 1000,
    });
    expect(bench.bus.explain("slow", 2)).toMatchObject({ fate: "in_flight" });
    expect(bench.bus.explain("slow", 4)).toMatchObject({
      fate: "waiting",
      text: "Event 4 waits for slow, one of 1.",
    });
    expect(bench.bus.explain("slow", 5)).toEqual({
      module: "slow",
      seq: 5,
      fate: "not_published",
      text: "No event 5 was published yet: the newest is 4.",
    });
  });

  it("of a dropped event says how full the channel was and what went the same way", () => {
    const bench = new PipelineBench({ capacity: 2, window: 1 });
    bench.publish(1, 1, 1, 1, 1, 1);
    bench.pipeline.acknowledge(1);
    bench.publish(1, 1);
    expect(bench.bus.explain("slow", 5)).toMatchObject({
      fate: "dropped",
      text:
        "Dropped: the channel of slow was full, with 2 events waiting before it (the oldest was event 2) and 1 sent and " +
        "not acknowledged. So were 2 more, from event 4 to 6. The module is slower than its events come.",
      waiting_before: 2,
      in_flight_before: 1,
      held_bytes: 3,
      oldest_waiting_seq: 2,
      run: { from_seq: 4, to_seq: 6, count: 3 },
    });
    expect(bench.bus.explain("slow", 7)).toMatchObject({ fate: "waiting" });
    const { run, ...single } = bench.bus.explain("slow", 8);
    expect(run).toBeUndefined();
    expect(single).toMatchObject({ fate: "dropped", oldest_waiting_seq: 3 });
  });

  it("of a filtered event gives the expression, and says when it failed", () => {
    const bench = new PipelineBench({ capacity: 9, window: 9 }, []);
    bench.bus.subscribe(bench.pipeline, added, oddOnly);
    bench.bus.subscribe(bench.pipeline, "NewBlock", failingFilter);
    bench.publish(1, 1);
    bench.publishOf("NewBlock");
    expect(bench.bus.explain("slow", 1)).toMatchObject({ fate: "in_flight" });
    expect(bench.bus.explain("slow", 2)).toMatchObject({
      fate: "filtered",
      filter: "event.seq % 2 == 1",
      text: `Filtered: the filter of slow on ${added}, event.seq % 2 == 1, did not want it.`,
    });
    expect(bench.bus.explain("slow", 3)).toMatchObject({
      fate: "filtered",
      filter: "1 / 0 == 1",
      cause: "filter_failed",
    });
  });

  it("of an event that no frame holds says whether it was too large or not to be encoded", () => {
    const bench = new PipelineBench({ maxFrameBytes: 100 });
    bench.publish(UNENCODABLE_BYTES, 101);
    expect(bench.bus.explain("slow", 1)).toMatchObject({ fate: "failed", cause: "not_encodable" });
    expect(bench.bus.explain("slow", 2)).toMatchObject({ fate: "failed", cause: "too_large" });
  });

  it("of an event before, between and behind subscriptions says when they began and ended", () => {
    const bench = new PipelineBench({ capacity: 9 }, []);
    const subscribed = () => bench.bus.subscribe(bench.pipeline, added);
    bench.publish(1);
    subscribed();
    bench.publish(1);
    bench.pipeline.unsubscribe(added);
    bench.publish(1);
    subscribed();
    bench.publish(1);
    bench.bus.closePipeline(bench.pipeline, "the peer closed it");
    bench.publish(1);
    expect(bench.bus.explain("slow", 1).text).toBe(
      `slow was not subscribed to ${added} at event 1; it subscribed behind event 1 (${at}).`,
    );
    expect(bench.bus.explain("slow", 3)).toMatchObject({
      fate: "not_subscribed",
      subscribed_until_seq: 2,
      subscribed_until_ms: 1000,
      subscribed_after_seq: 3,
      subscribed_after_ms: 1000,
    });
    expect(bench.bus.explain("slow", 5).text).toBe(
      `slow was not subscribed to ${added} at event 5; its subscription ended behind event 4 (${at}), with its ` +
        "connection: the peer closed it.",
    );
    bench.publishOf("NewBlock");
    expect(bench.bus.explain("slow", 6).text).toContain("it never was since the host started");
    expect(bench.bus.explain("nobody", 6).text).toBe("nobody has not connected since the host started.");
  });

  it("of an event that a closed connection left says why it closed and whether it was sent", () => {
    const bench = new PipelineBench({ capacity: 9, window: 1 });
    bench.publish(1, 1);
    bench.bus.closePipeline(bench.pipeline, "the module was killed");
    expect(bench.bus.explain("slow", 1)).toMatchObject({
      fate: "failed",
      cause: "closed_in_flight",
      text: `Failed: event 1 was sent and not acknowledged when the connection closed (${at}): the module was killed. The module may have handled it.`,
    });
    expect(bench.bus.explain("slow", 2)).toMatchObject({
      fate: "failed",
      cause: "closed_waiting",
      text: `Failed: event 2 was still waiting when the connection closed (${at}): the module was killed.`,
    });
  });

  it("follows an event over a hand-over", () => {
    const bench = new PipelineBench({ capacity: 9, window: 1 }, [added, "NewBlock"]);
    bench.publish(1, 1);
    bench.publishOf("NewBlock");
    bench.pipeline.hold();
    bench.pipeline.detach("reloaded");
    bench.publish(1);
    expect(bench.bus.explain("slow", 4)).toMatchObject({ fate: "waiting" });
    const sink = new RecordingSink();
    bench.pipeline.resume(sink, pipelineOptions({ capacity: 9, window: 1 }));
    bench.pipeline.release([added]);
    bench.pipeline.pump();
    bench.pipeline.acknowledge(2);
    const fateOf = (seq: number) => {
      const { fate, cause } = bench.bus.explain("slow", seq);
      return [fate, ...(cause === undefined ? [] : [cause])].join(" ");
    };
    expect([1, 2, 3, 4].map(fateOf)).toEqual([
      "failed closed_in_flight",
      "delivered",
      "failed unwanted_by_successor",
      "in_flight",
    ]);
  });

  it("says that a SubscribeEvents was refused, as long as none was accepted", () => {
    const bench = new PipelineBench({}, []);
    const history = bench.bus.historyOf("slow");
    history.refused({ types: [added], code: "PERMISSION_DENIED", message: "needs more", afterSeq: 0 });
    bench.publish(1);
    bench.publishOf("NewBlock");
    expect(bench.bus.explain("slow", 1)).toMatchObject({
      fate: "refused",
      cause: "PERMISSION_DENIED",
      text: `Its SubscribeEvents of ${at} was refused (PERMISSION_DENIED): needs more`,
    });
    expect(bench.bus.explain("slow", 2)).toMatchObject({ fate: "not_subscribed" });
    bench.bus.subscribe(bench.pipeline, added);
    expect(bench.bus.explain("slow", 1)).toMatchObject({ fate: "not_subscribed", subscribed_after_seq: 2 });
  });

  it("of an event that repeats for one module what it missed says whom it was for", () => {
    const bench = new PipelineBench();
    const other = bench.bus.openPipeline("other", new RecordingSink(), pipelineOptions());
    bench.bus.publishTo(other, "NewBlock", { block_hash: "00".repeat(32), height: 1 });
    expect(bench.bus.explain("slow", 1)).toMatchObject({
      fate: "not_addressed",
      text: "Event 1 (NewBlock) was for other alone, which had missed what it repeats.",
    });
    expect(bench.bus.explain("other", 1)).toMatchObject({ fate: "in_flight" });
  });
});

describe("what is too long ago", () => {
  it("is called forgotten, never guessed: the event itself", () => {
    const bench = new PipelineBench({}, []);
    for (let seq = 1; seq <= RECENT_EVENTS + 1; seq++) bench.publish(1);
    expect(bench.bus.explain("slow", 1)).toMatchObject({ fate: "forgotten" });
    expect(bench.bus.explain("slow", 2)).toMatchObject({ fate: "not_subscribed" });
  });

  it("is called forgotten, never guessed: a loss beyond the last 4,096 runs of them", () => {
    const bench = new PipelineBench({ capacity: 9, window: 9 }, []);
    bench.bus.subscribe(bench.pipeline, added, oddOnly);
    for (let runs = 0; runs <= MAX_LOSS_RUNS; runs++) {
      const [odd] = bench.publish(1, 1);
      bench.pipeline.acknowledge(odd as number);
    }
    expect(bench.bus.explain("slow", 2)).toMatchObject({ fate: "forgotten" });
    expect(bench.bus.explain("slow", 1)).toMatchObject({ fate: "forgotten" });
    expect(bench.bus.explain("slow", 3)).toMatchObject({ fate: "delivered" });
    expect(bench.bus.explain("slow", 4)).toMatchObject({ fate: "filtered" });
  });

  it("is called forgotten, never guessed: when it was acknowledged, beyond the last 4,096 acknowledgements", () => {
    const bench = new PipelineBench({ capacity: 9, window: 9 });
    for (let seq = 1; seq <= 4100; seq++) {
      bench.publish(1);
      bench.pipeline.acknowledge(seq);
    }
    const { acknowledged_ms, fate, text } = bench.bus.explain("slow", 3);
    expect({ acknowledged_ms, fate, text }).toEqual({
      acknowledged_ms: undefined,
      fate: "delivered",
      text: "Delivered: slow acknowledged event 3.",
    });
    expect(bench.bus.explain("slow", 4100).acknowledged_ms).toBe(1000);
  });

  it("is called forgotten, never guessed: a connection beyond the last 64, a subscription beyond the last 512", () => {
    const bench = new PipelineBench({ capacity: 9 });
    bench.publish(1);
    bench.bus.closePipeline(bench.pipeline);
    const reopen = () => {
      const pipeline = bench.bus.openPipeline("slow", new RecordingSink(), pipelineOptions());
      bench.bus.subscribe(pipeline, added);
      bench.bus.closePipeline(pipeline);
    };
    for (let times = 0; times < 64; times++) reopen();
    expect(bench.bus.explain("slow", 1).text).toBe(
      "The connection of slow that event 1 was for is forgotten.",
    );
    for (let times = 0; times < 450; times++) reopen();
    expect(bench.bus.explain("slow", 1).text).toBe(
      "Which types slow had subscribed to at event 1 is forgotten.",
    );
  });
});
