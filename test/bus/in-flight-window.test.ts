import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InFlightWindow } from "../../src/bus/in-flight-window.js";

const ALL = Number.POSITIVE_INFINITY;

interface InFlightEvent {
  readonly seq: number;
  readonly typeIndex: number;
  readonly frameBytes: number;
  readonly publishedAtMs: number;
}

function push(window: InFlightWindow, { seq, typeIndex, frameBytes, publishedAtMs }: InFlightEvent): void {
  window.push(seq, typeIndex, frameBytes, publishedAtMs);
}

describe("InFlightWindow", () => {
  it("is full at its size and has room again after a run was taken", () => {
    const window = new InFlightWindow(2);
    window.push(1, 0, 10, 0);
    expect(window.isFull).toBe(false);
    window.push(2, 0, 10, 0);
    expect(window.isFull).toBe(true);
    expect(window.takeRun(1, ALL)).toBe(1);
    expect(window.isFull).toBe(false);
  });

  it("has no oldest event while it is empty", () => {
    const window = new InFlightWindow(1);
    expect(window.oldestSeq()).toBe(ALL);
    expect(window.oldestPublishedAtMs()).toBe(ALL);
    expect(window.takeRun(ALL, ALL)).toBe(0);
    window.push(1, 0, 10, 0);
    expect(window.takeRun(ALL, ALL)).toBe(1);
    expect(window.takeRun(ALL, ALL)).toBe(0);
    expect(window.isFull).toBe(false);
  });

  it("keeps seqs above 2^32, large frames and fractions of a millisecond", () => {
    const window = new InFlightWindow(1);
    const seq = 2 ** 53 - 1;
    window.push(seq, 124, 40 * 1024 * 1024, 123_456_789.125);
    expect(window.takeRun(seq - 1, ALL)).toBe(0);
    expect(window.takeRun(seq, ALL)).toBe(1);
    expect(window.run).toEqual({
      typeIndex: 124,
      frameBytes: 40 * 1024 * 1024,
      oldestMs: 123_456_789.125,
      laterMs: 0,
    });
  });

  it("takes a part of the events that were published at once, and the rest later", () => {
    const window = new InFlightWindow(4);
    for (const seq of [7, 8, 9]) window.push(seq, 5, seq * 10, 100);
    expect(window.takeRun(8, ALL)).toBe(2);
    expect(window.run.frameBytes).toBe(150);
    expect(window.oldestSeq()).toBe(9);
    window.push(10, 5, 100, 100);
    expect(window.takeRun(ALL, ALL)).toBe(2);
    expect(window.run.frameBytes).toBe(190);
  });

  it("ends a run before another type and before what was published too late, yet takes the oldest", () => {
    const window = new InFlightWindow(4);
    window.push(1, 5, 10, 100);
    window.push(2, 5, 20, 103);
    window.push(3, 5, 40, 107);
    window.push(4, 6, 80, 108);
    expect(window.takeRun(4, 107)).toBe(2);
    expect(window.run).toEqual({ typeIndex: 5, frameBytes: 30, oldestMs: 100, laterMs: 3 });
    expect(window.takeRun(4, 107)).toBe(1);
    expect(window.run).toEqual({ typeIndex: 5, frameBytes: 40, oldestMs: 107, laterMs: 0 });
    expect(window.takeRun(4, ALL)).toBe(1);
    expect(window.run.typeIndex).toBe(6);
  });

  it("gives back what was pushed, oldest first and in the longest runs, however often it goes round", () => {
    const event = fc.record({
      typeIndex: fc.integer({ min: 0, max: 2 }),
      isNeighbour: fc.boolean(),
      isAtOnce: fc.boolean(),
    });
    const taking = fc.record({
      events: fc.integer({ min: 0, max: 4 }),
      withinMs: fc.integer({ min: 0, max: 9 }),
    });
    const steps = fc.array(fc.oneof(event, taking), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), steps, (size, chosen) => {
        const window = new InFlightWindow(size);
        const expected: InFlightEvent[] = [];
        let seq = 0;
        let atMs = 0;
        for (const step of chosen) {
          if ("typeIndex" in step) {
            if (expected.length === size) continue;
            seq += step.isNeighbour ? 1 : 3;
            if (!step.isAtOnce) atMs += 1.5;
            const event = { seq, typeIndex: step.typeIndex, frameBytes: seq * 7, publishedAtMs: atMs };
            push(window, event);
            expected.push(event);
          } else {
            const oldest = expected[0];
            const upTo = oldest === undefined ? 0 : (expected[step.events - 1]?.seq ?? oldest.seq - 1);
            const before = (oldest?.publishedAtMs ?? 0) + step.withinMs;
            let length = 0;
            for (const event of expected) {
              if (event.seq > upTo || event.typeIndex !== oldest?.typeIndex) break;
              if (event.publishedAtMs >= before && event.publishedAtMs !== oldest.publishedAtMs) break;
              length++;
            }
            expect(window.takeRun(upTo, before)).toBe(length);
            const run = expected.splice(0, length);
            if (oldest !== undefined && length > 0)
              expect(window.run).toEqual({
                typeIndex: oldest.typeIndex,
                frameBytes: run.reduce((sum, { frameBytes }) => sum + frameBytes, 0),
                oldestMs: oldest.publishedAtMs,
                laterMs: run.reduce((sum, event) => sum + event.publishedAtMs - oldest.publishedAtMs, 0),
              });
          }
          expect(window.count).toBe(expected.length);
          expect(window.isFull).toBe(expected.length === size);
          expect(window.oldestSeq()).toBe(expected[0]?.seq ?? ALL);
          expect(window.newestSeq()).toBe(expected.at(-1)?.seq ?? 0);
          expect(window.oldestPublishedAtMs()).toBe(expected[0]?.publishedAtMs ?? ALL);
        }
      }),
    );
  });
});
