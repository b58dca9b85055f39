import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Frame, FrameSlab } from "../../src/ipc/frame-slab.js";
import { type Codec, FrameDecoder } from "../../src/ipc/index.js";
import { MAX_HOST_FRAME_BYTES } from "../../src/ipc/options.js";

/** A codec whose values are their own bytes. */
const asIs: Codec = {
  encode: (value) => value as Uint8Array,
  encodeInto(bytes, at, value) {
    const body = value as Uint8Array;
    if (at + body.length > bytes.length) return body;
    bytes.set(body, at);
    return at + body.length;
  },
  encodeBefore: (items) => Uint8Array.from(items as number[]),
  eventWriter: () => () => {
    throw new Error("these values are no events");
  },
  decode: (bytes) => bytes,
};

function bodyOf({ bytes, start, end }: Frame): number[] {
  return [...bytes.subarray(start + 4, end)];
}

describe("FrameSlab", () => {
  it("keeps every frame's bytes whatever is encoded after it", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { maxLength: 60 }), (bodies) => {
        const slab = new FrameSlab();
        const frames = bodies.map((body) => slab.encode(asIs, body));
        expect(frames.map(bodyOf)).toEqual(bodies.map((body) => [...body]));
      }),
      { numRuns: 30 },
    );
  });

  it("lays frames side by side, so that neighbours are one piece of the stream", () => {
    const slab = new FrameSlab();
    const first = slab.encode(asIs, Uint8Array.of(1));
    const second = slab.encode(asIs, Uint8Array.of(2, 2));
    expect(second.bytes).toBe(first.bytes);
    expect(second.start).toBe(first.end);
    const bodies: number[][] = [];
    new FrameDecoder(10).cut(first.bytes.subarray(first.start, second.end), (bytes, start, end) =>
      bodies.push([...bytes.subarray(start, end)]),
    );
    expect(bodies).toEqual([[1], [2, 2]]);
  });

  it("gives a large frame bytes of its own and keeps the slab for small ones", () => {
    const slab = new FrameSlab();
    const small = slab.encode(asIs, Uint8Array.of(1));
    const large = slab.encode(asIs, new Uint8Array(70_000));
    const next = slab.encode(asIs, Uint8Array.of(2));
    expect(large.bytes).not.toBe(small.bytes);
    expect(next.bytes).toBe(small.bytes);
    expect(next.start).toBe(small.end);
  });

  it("refuses what no connection carries and lays the next frame where that would have begun", () => {
    const slab = new FrameSlab();
    const first = slab.encode(asIs, Uint8Array.of(1));
    const tooLarge = new Uint8Array(MAX_HOST_FRAME_BYTES + 1);
    expect(() => slab.encode(asIs, tooLarge)).toThrow(expect.objectContaining({ code: "ANSWER_TOO_LARGE" }));
    expect(slab.encode(asIs, Uint8Array.of(2)).start).toBe(first.end);
  });

  it("frames large data without a copy of it", () => {
    const tail = Uint8Array.of(3, 4);
    const [head, data] = new FrameSlab().encodeBefore(asIs, [1, 2], tail);
    expect([...head.bytes.subarray(head.start, head.end)]).toEqual([0, 0, 0, 4, 1, 2]);
    expect(data).toEqual({ bytes: tail, start: 0, end: 2 });
    expect(data.bytes).toBe(tail);
    const tooLarge = new Uint8Array(MAX_HOST_FRAME_BYTES);
    expect(() => new FrameSlab().encodeBefore(asIs, [1], tooLarge)).toThrow(
      expect.objectContaining({ code: "ANSWER_TOO_LARGE" }),
    );
  });

  it("begins a new slab when a frame doesn't fit and leaves the old one alone", () => {
    const slab = new FrameSlab();
    const frames = Array.from({ length: 20 }, (_, n) => slab.encode(asIs, new Uint8Array(10_000).fill(n)));
    expect(new Set(frames.map(({ bytes }) => bytes)).size).toBeGreaterThan(2);
    expect(frames.map((frame) => [...new Set(bodyOf(frame))])).toEqual(frames.map((_, n) => [n]));
  });
});
