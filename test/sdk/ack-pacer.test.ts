import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HandlerTimings } from "../../src/ipc/index.js";
import { AckPacer } from "../../src/sdk/ack-pacer.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

function startPacer(window: number, withTimings = false) {
  const clock = virtualClock();
  const sent: { seq: number; atMs: number; timings: HandlerTimings | undefined }[] = [];
  const pacer = new AckPacer(window, withTimings, clock.scheduler, (seq, timings) => {
    sent.push({ seq, atMs: clock.nowMs, timings });
  });
  return { pacer, clock, sent, acks: () => sent.map(({ seq, atMs }) => [seq, atMs]) };
}

describe("AckPacer", () => {
  it("acknowledges at once when a quarter of the window is handled", () => {
    const { pacer, acks } = startPacer(16);
    for (const seq of [10, 20, 30]) pacer.noteHandled(seq, 1);
    expect(acks()).toEqual([]);
    pacer.noteHandled(40, 1);
    expect(acks()).toEqual([[40, 0]]);
  });

  it("acknowledges 20 ms after the first event that is handled and not acknowledged", () => {
    const { pacer, clock, acks } = startPacer(256);
    clock.advanceMs(100);
    pacer.noteHandled(1, 1);
    clock.advanceMs(3);
    pacer.noteHandled(2, 1);
    clock.advanceMs(16);
    expect(acks()).toEqual([]);
    clock.advanceMs(1);
    expect(acks()).toEqual([[2, 120]]);
    clock.advanceMs(100);
    expect(acks()).toHaveLength(1);
  });

  it.each([1, 2, 3, 4, 7])("acknowledges each event with a window of %i", (window) => {
    const { pacer, acks } = startPacer(window);
    pacer.noteHandled(1, 1);
    pacer.noteHandled(2, 1);
    expect(acks()).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it("never acknowledges twice, nor later than 20 ms, whatever the pace", () => {
    const steps = fc.array(fc.record({ waitMs: fc.nat(30), deliveries: fc.integer({ min: 1, max: 5 }) }));
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (handled, window) => {
        const { pacer, clock, sent } = startPacer(window);
        const handledAtMs: number[] = [];
        for (const { waitMs, deliveries } of handled) {
          clock.advanceMs(waitMs);
          handledAtMs.push(clock.nowMs);
          pacer.noteHandled(handledAtMs.length, deliveries);
        }
        clock.advanceMs(20);
        handledAtMs.forEach((atMs, n) => {
          const ack = sent.find(({ seq }) => seq > n);
          expect(ack?.atMs).toBeLessThanOrEqual(atMs + 20);
        });
        const seqs = sent.map(({ seq }) => seq);
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      }),
    );
  });

  it("carries count, total and longest time per type since the last acknowledgement", () => {
    const { pacer, sent } = startPacer(4, true);
    pacer.noteHandlerTime("NewBlock", 1.5);
    pacer.noteHandlerTime("NewBlock", 0.25);
    pacer.noteHandlerTime("ChainReorg", 2);
    pacer.noteHandled(1, 1);
    pacer.noteHandled(2, 1);
    expect(sent.map(({ timings }) => timings)).toEqual([
      { NewBlock: [2, 1750, 1500], ChainReorg: [1, 2000, 2000] },
      {},
    ]);
  });

  it("keeps no timings when the host doesn't want them", () => {
    const { pacer, sent } = startPacer(4);
    pacer.noteHandlerTime("NewBlock", 1);
    pacer.noteHandled(1, 1);
    expect(sent[0]?.timings).toBeUndefined();
    expect(pacer.wantsTimings).toBe(false);
  });

  it("sends what is left at a flush and nothing after close", () => {
    const { pacer, clock, acks } = startPacer(256);
    pacer.noteHandled(1, 1);
    pacer.flush();
    pacer.flush();
    expect(acks()).toEqual([[1, 0]]);
    pacer.noteHandled(2, 1);
    pacer.close();
    pacer.flush();
    clock.advanceMs(50);
    expect(acks()).toEqual([[1, 0]]);
  });
});
