import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type InFlightEvent, InFlightWindow } from "../../src/bus/in-flight-window.js";

const nothing = (): InFlightEvent => ({ seq: 0, typeIndex: 0, frameBytes: 0, publishedAtMs: 0 });

describe("InFlightWindow", () => {
  it("is full at its size and has room again after a shift", () => {
    const window = new InFlightWindow(2);
    window.push(1, 0, 10, 0);
    expect(window.isFull).toBe(false);
    window.push(2, 0, 10, 0);
    expect(window.isFull).toBe(true);
    expect(window.shift(nothing())).toBe(true);
    expect(window.isFull).toBe(false);
  });

  it("has no oldest event while it is empty", () => {
    const window = new InFlightWindow(1);
    const into = { ...nothing(), seq: 77 };
    expect(window.oldestSeq()).toBe(Number.POSITIVE_INFINITY);
    expect(window.shift(into)).toBe(false);
    expect(into.seq).toBe(77);
  });

  it("keeps seqs above 2^32, large frames and fractions of a millisecond", () => {
    const window = new InFlightWindow(1);
    const event = {
      seq: 2 ** 53 - 1,
      typeIndex: 124,
      frameBytes: 40 * 1024 * 1024,
      publishedAtMs: 123_456_789.125,
    };
    window.push(event.seq, event.typeIndex, event.frameBytes, event.publishedAtMs);
    const into = nothing();
    window.shift(into);
    expect(into).toEqual(event);
  });

  it("gives back what was pushed, oldest first, however often it goes round", () => {
    const steps = fc.array(fc.boolean(), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), steps, (size, pushes) => {
        const window = new InFlightWindow(size);
        const expected: InFlightEvent[] = [];
        const into = nothing();
        let seq = 0;
        for (const isPush of pushes) {
          if (isPush && expected.length < size) {
            seq += 3;
            const event = { seq, typeIndex: seq % 125, frameBytes: seq * 7, publishedAtMs: seq / 2 };
            window.push(event.seq, event.typeIndex, event.frameBytes, event.publishedAtMs);
            expected.push(event);
          } else if (!isPush) {
            const oldest = expected.shift();
            expect(window.shift(into)).toBe(oldest !== undefined);
            if (oldest !== undefined) expect(into).toEqual(oldest);
          }
          expect(window.count).toBe(expected.length);
          expect(window.isFull).toBe(expected.length === size);
          expect(window.oldestSeq()).toBe(expected[0]?.seq ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });
});
