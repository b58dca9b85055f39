import { describe, expect, it } from "vitest";
import { AckPacer } from "../../src/sdk/ack-pacer.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

/** A pacer that is told by hand when a batch is through. */
function startPacer(window: number) {
  const clock = virtualClock();
  const acks: [seq: number, atMs: number][] = [];
  const deferred: (() => void)[] = [];
  const pacer = new AckPacer(
    window,
    false,
    clock.scheduler,
    (seq) => acks.push([seq, clock.nowMs]),
    (work) => deferred.push(work),
  );
  const endBatch = () => {
    for (const work of deferred.splice(0)) work();
  };
  return { pacer, clock, acks, deferred, endBatch };
}

describe("AckPacer in batches", () => {
  it("starts no timer for a batch that ends in an acknowledgement", () => {
    const { pacer, clock, acks, endBatch } = startPacer(16);
    for (const seq of [1, 2, 3, 4]) pacer.noteHandled(seq, 1);
    endBatch();
    clock.advanceMs(100);
    expect(acks).toEqual([[4, 0]]);
  });

  it("asks once per batch for the end of the batch", () => {
    const { pacer, deferred } = startPacer(256);
    for (const seq of [1, 2, 3]) pacer.noteHandled(seq, 1);
    expect(deferred).toHaveLength(1);
  });

  it("acknowledges the rest of a batch 20 ms after it was handled", () => {
    const { pacer, clock, acks, endBatch } = startPacer(16);
    for (const seq of [1, 2, 3, 4, 5]) pacer.noteHandled(seq, 1);
    clock.advanceMs(2);
    endBatch();
    clock.advanceMs(17);
    expect(acks).toEqual([[4, 0]]);
    clock.advanceMs(1);
    expect(acks.at(-1)).toEqual([5, 20]);
  });

  it("acknowledges at the end of a batch that took longer than 15 ms", () => {
    const { pacer, clock, acks, endBatch } = startPacer(256);
    pacer.noteHandled(1, 1);
    clock.advanceMs(15);
    endBatch();
    expect(acks).toEqual([[1, 15]]);
  });

  it("acknowledges with the end of a batch while batches keep coming, never by its timer", () => {
    const { pacer, clock, acks, endBatch } = startPacer(256);
    for (let seq = 1; seq <= 60; seq++) {
      pacer.noteHandled(seq, 1);
      endBatch();
      clock.advanceMs(1);
    }
    expect(acks).toEqual([
      [16, 15],
      [32, 31],
      [48, 47],
    ]);
  });

  it("sends nothing for a batch that outlives its close", () => {
    const { pacer, clock, acks, endBatch } = startPacer(256);
    pacer.noteHandled(1, 1);
    pacer.close();
    endBatch();
    clock.advanceMs(100);
    expect(acks).toEqual([]);
  });
});
