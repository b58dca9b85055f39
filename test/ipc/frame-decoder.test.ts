import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EngineError } from "../../src/errors.js";
import { FrameDecoder } from "../../src/ipc/index.js";
import { concat, frame, header } from "../kit/ipc-bytes.js";

const LIMIT = 300;
const arbitraryBodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: LIMIT }), { maxLength: 12 });

interface Decoded {
  readonly bodies: number[][];
  readonly problem: EngineError | undefined;
  readonly partialBytes: number;
}

function decodeChunks(chunks: readonly Uint8Array[], limit = LIMIT): Decoded {
  const decoder = new FrameDecoder(limit);
  const bodies: number[][] = [];
  for (const chunk of chunks) {
    const problem = decoder.cut(chunk, (bytes, start, end) => bodies.push([...bytes.subarray(start, end)]));
    if (problem !== undefined) return { bodies, problem, partialBytes: decoder.partialBytes };
  }
  return { bodies, problem: undefined, partialBytes: decoder.partialBytes };
}

/** Cuts a stream at the given places. */
function cutAt(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [
    0,
    ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b),
    stream.length,
  ];
  return places.slice(1).map((end, n) => stream.subarray(places[n], end));
}

function streamOf(bodies: readonly Uint8Array[]): Uint8Array {
  return concat(...bodies.map(frame));
}

describe("FrameDecoder", () => {
  it("hands on the same bodies however the stream is cut", () => {
    fc.assert(
      fc.property(arbitraryBodies, fc.array(fc.nat(), { maxLength: 30 }), (bodies, cuts) => {
        const { bodies: found, problem, partialBytes } = decodeChunks(cutAt(streamOf(bodies), cuts));
        expect(found).toEqual(bodies.map((body) => [...body]));
        expect(problem).toBeUndefined();
        expect(partialBytes).toBe(0);
      }),
    );
  });

  it("hands on the same bodies when each byte comes alone", () => {
    const bodies = [Uint8Array.of(1), new Uint8Array(LIMIT).fill(2), Uint8Array.of(3, 4)];
    const chunks = [...streamOf(bodies)].map((byte) => Uint8Array.of(byte));
    expect(decodeChunks(chunks).bodies).toEqual(bodies.map((body) => [...body]));
  });

  it("hands on every body of a chunk that holds several", () => {
    const stream = streamOf([Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3)]);
    expect(decodeChunks([stream]).bodies).toEqual([[1], [2, 2], [3]]);
  });

  it("tells how much of a cut frame it holds and completes it later", () => {
    const stream = frame(Uint8Array.of(1, 2, 3));
    expect(decodeChunks([stream.subarray(0, 6)])).toEqual({
      bodies: [],
      problem: undefined,
      partialBytes: 6,
    });
    expect(decodeChunks([stream.subarray(0, 6), stream.subarray(6)]).bodies).toEqual([[1, 2, 3]]);
  });

  it("takes an empty chunk as nothing", () => {
    const stream = frame(Uint8Array.of(9));
    const empty = new Uint8Array(0);
    expect(decodeChunks([empty, stream.subarray(0, 2), empty, stream.subarray(2), empty]).bodies).toEqual([
      [9],
    ]);
  });

  it("accepts a body of exactly the limit and refuses one byte more", () => {
    expect(decodeChunks([frame(new Uint8Array(LIMIT))]).bodies).toHaveLength(1);
    const { problem, bodies } = decodeChunks([header(LIMIT + 1)]);
    expect(bodies).toEqual([]);
    expect(problem).toMatchObject({
      code: "FRAME_TOO_LARGE",
      details: { bytes: LIMIT + 1, limitBytes: LIMIT },
    });
  });

  it("refuses a length of zero behind good frames that it hands on", () => {
    const { bodies, problem } = decodeChunks([
      concat(frame(Uint8Array.of(1)), header(0), frame(Uint8Array.of(2))),
    ]);
    expect(bodies).toEqual([[1]]);
    expect(problem?.code).toBe("BAD_FRAME");
  });

  it("refuses a bad length wherever its header is cut", () => {
    for (let cut = 1; cut < 4; cut++) {
      const bad = header(0xffff_ffff);
      const { problem } = decodeChunks([bad.subarray(0, cut), bad.subarray(cut)]);
      expect(problem).toMatchObject({ code: "FRAME_TOO_LARGE", details: { bytes: 0xffff_ffff } });
    }
  });

  it("allocates nothing for what a header only announces", () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 200 }, () => {
      const decoder = new FrameDecoder(40 * 1024 * 1024);
      decoder.cut(header(40 * 1024 * 1024), () => {});
      return decoder;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
    expect(decoders.every(({ partialBytes }) => partialBytes === 4)).toBe(true);
  });

  it("makes room at once for what a trusted peer announces, and gives the bytes away", () => {
    const body = new Uint8Array(100_000).fill(7);
    const stream = frame(body);
    for (const cuts of [[3, 2, 10], [64 * 1024], [5], [4]]) {
      const decoder = new FrameDecoder(40 * 1024 * 1024, { reservesWhole: true });
      const given: { isGiven: boolean; roomBytes: number; body: Uint8Array }[] = [];
      const take = (bytes: Uint8Array, start: number, end: number, isGiven: boolean) => {
        given.push({ isGiven, roomBytes: bytes.buffer.byteLength, body: bytes.subarray(start, end) });
      };
      let at = 0;
      for (const bytes of cuts) {
        decoder.cut(stream.slice(at, at + bytes), take);
        at += bytes;
      }
      decoder.cut(stream.slice(at), take);
      expect(given).toEqual([{ isGiven: true, roomBytes: stream.length, body }]);
    }
  });

  it("lends a body that lies in its chunk", () => {
    const lent: boolean[] = [];
    new FrameDecoder(10).cut(frame(Uint8Array.of(1)), (_bytes, _start, _end, isGiven) => lent.push(isGiven));
    expect(lent).toEqual([false]);
  });

  it("holds little more than the frame when it comes in tiny pieces of large chunks", () => {
    const decoder = new FrameDecoder(1024 * 1024);
    const body = new Uint8Array(20_000).fill(7);
    const stream = frame(body);
    const found: Uint8Array[] = [];
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < stream.length; at++) {
      // Each piece is a view into a chunk of its own: holding the views would hold all the chunks.
      const chunk = new Uint8Array(16_384);
      chunk[0] = stream[at] as number;
      decoder.cut(chunk.subarray(0, 1), (bytes, start, end) => found.push(bytes.slice(start, end)));
    }
    expect(found).toHaveLength(1);
    expect(Buffer.from(found[0] as Uint8Array).equals(body)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024);
  });

  it("assembles a frame of 8 MiB from single bytes in linear time", () => {
    const bytes = 8 * 1024 * 1024;
    const decoder = new FrameDecoder(bytes);
    decoder.cut(header(bytes), () => {});
    const one = Uint8Array.of(5);
    let bodyBytes = 0;
    const startedAtMs = performance.now();
    for (let n = 0; n < bytes; n++) {
      decoder.cut(one, (_bytes, start, end) => {
        bodyBytes = end - start;
      });
    }
    expect(bodyBytes).toBe(bytes);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});
