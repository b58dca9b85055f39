import { describe, expect, it } from "vitest";
import { KeptFrames } from "../../src/bus/kept-frames.js";

const slab = Buffer.allocUnsafeSlow(64 * 1024);

function frameAt(start: number, bytes: number, fill: number) {
  slab.fill(fill, start, start + bytes);
  return { bytes: slab, start, end: start + bytes };
}

const contentOf = ({ bytes, start, end }: ReturnType<typeof frameAt> | ReturnType<KeptFrames["keep"]>) => [
  ...bytes.subarray(start, end),
];

describe("KeptFrames", () => {
  it("lets a frame that waits keep no more than a small block alive", () => {
    const kept = new KeptFrames().keep(frameAt(1000, 150, 7));
    expect(contentOf(kept)).toEqual(new Array(150).fill(7));
    expect(kept.bytes.buffer).not.toBe(slab.buffer);
    expect(kept.bytes.buffer.byteLength).toBeLessThanOrEqual(8 * 1024);
  });

  it("lays frames that wait side by side", () => {
    const frames = new KeptFrames();
    const first = frames.keep(frameAt(0, 100, 1));
    const second = frames.keep(frameAt(100, 100, 2));
    expect(second.bytes).toBe(first.bytes);
    expect(second.start).toBe(first.end);
  });

  it("leaves alone what it kept before", () => {
    const frames = new KeptFrames();
    const kept = Array.from({ length: 200 }, (_, n) => frames.keep(frameAt(0, 300, n)));
    expect(kept.map((frame) => [...new Set(contentOf(frame))])).toEqual(kept.map((_, n) => [n]));
  });

  it("gives a large frame exactly the bytes that it needs", () => {
    const kept = new KeptFrames().keep(frameAt(0, 5000, 9));
    expect(kept.bytes.buffer.byteLength).toBe(5000);
  });

  it("takes a frame as it is whose bytes hold nothing else", () => {
    const frame = { bytes: new Uint8Array(30_000), start: 0, end: 30_000 };
    expect(new KeptFrames().keep(frame)).toBe(frame);
  });
});
