import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GapMark } from "../../src/bus/gap.js";
import { SentGaps } from "../../src/bus/sent-gaps.js";
import type { EventType } from "../../src/events/index.js";
import { PipelineBench, pipelineOptions, sentTo } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { expectBalance } from "../kit/host-until.js";

const added: EventType = "MempoolTransactionAdded";
const none = { fromSeq: Number.POSITIVE_INFINITY, toSeq: 0, count: 0, reason: "reload" } as const;
const mark = (fromSeq: number, toSeq: number) =>
  GapMark.of({ fromSeq, toSeq, count: toSeq - fromSeq + 1, reason: "channel_full" });

describe("the gaps that a module was sent", () => {
  it("are forgotten as far as they were acknowledged", () => {
    const sent = new SentGaps();
    sent.push(mark(1, 3));
    sent.push(mark(5, 9));
    sent.acknowledge(8);
    expect(sent.takeWith(none)).toEqual(mark(5, 9));
    expect(sent.takeWith(none)).toBeUndefined();
    sent.push(mark(5, 9));
    sent.acknowledge(9);
    expect(sent.takeWith(none)).toBeUndefined();
  });

  it("are one loss with the events that were in flight among them", () => {
    const sent = new SentGaps();
    sent.push(mark(5, 9));
    const loss = sent.takeWith({ fromSeq: 3, toSeq: 12, count: 5, reason: "reload" });
    expect(loss).toEqual(GapMark.of({ fromSeq: 3, toSeq: 12, count: 10, reason: "channel_full" }));
  });

  it("take no more than a bounded room, and none of them is forgotten", () => {
    const sent = new SentGaps();
    for (let seq = 1; seq <= 10_000; seq++) sent.push(mark(seq, seq));
    // What stands beyond the bound is one: acknowledged in part, it stays whole.
    sent.acknowledge(9999);
    expect(sent.takeWith(none)).toEqual(mark(4096, 10_000));
  });
});

type Step = "publish" | "ack" | "hold" | "die" | "succeed";
const steps = fc.array(
  fc.constantFrom<Step>("publish", "publish", "publish", "ack", "hold", "die", "succeed"),
  {
    maxLength: 80,
  },
);

describe("a pipeline that is handed over again and again", () => {
  it("tells every loss to somebody who lived to hear of it, at its very place", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (script, capacity) => {
        const options = pipelineOptions({ window: 3, capacity });
        const bench = new PipelineBench(options, [added]);
        const heard = new Set<number>();
        let sink: RecordingSink | undefined = bench.sink;
        let published = 0;
        // A module acknowledges everything or nothing: only then it is sure to have heard of it.
        const acknowledge = () => {
          for (const entry of sentTo(sink as RecordingSink)) {
            const [, from = entry, to = entry, count = 1] = /^gap (\d+)-(\d+) x(\d+)/.exec(`${entry}`) ?? [];
            expect(Number(count)).toBe(Number(to) - Number(from) + 1);
            for (let seq = Number(from); seq <= Number(to); seq++) heard.add(seq);
          }
          bench.pipeline.acknowledge(Math.max(0, ...heard));
        };
        const succeed = () => {
          sink = new RecordingSink();
          bench.pipeline.resume(sink, options);
          bench.pipeline.release([added]);
          bench.pipeline.pump();
        };
        const die = () => {
          bench.pipeline.hold();
          bench.pipeline.detach();
          sink = undefined;
        };
        for (const step of script) {
          if (step === "publish") {
            bench.publish(1);
            published++;
          } else if (step === "hold") bench.pipeline.hold();
          else if (step === "ack" && sink !== undefined) acknowledge();
          else if (step === "die" && sink !== undefined) die();
          else if (step === "succeed" && sink === undefined) succeed();
          expectBalance(bench.books.stats());
        }
        if (sink !== undefined) die();
        succeed();
        for (let left = published; left >= 0; left--) acknowledge();
        expect([...heard].sort((a, b) => a - b)).toEqual(Array.from({ length: published }, (_, n) => n + 1));
      }),
    );
  });
});
