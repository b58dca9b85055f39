import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { FairReader } from "../../src/ipc/fair-reader.js";

const flood = Uint8Array.from({ length: 200_000 }, (_, n) => n % 251);

function spin(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

function readFairly(workMs: number) {
  const socket = new PassThrough();
  const taken: Uint8Array[] = [];
  const reader = new FairReader(socket, (bytes) => {
    taken.push(bytes);
    spin(workMs);
  });
  return { socket, reader, taken };
}

describe("FairReader", () => {
  it("hands on a flood over many turns, in order and whole, and reads nothing newer meanwhile", async () => {
    const { socket, reader, taken } = readFairly(1.5);
    let turns = 0;
    reader.push(flood);
    const first = taken.length;
    while (socket.isPaused()) {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(first).toBe(1);
    expect(turns).toBeGreaterThan(40);
    expect(Buffer.concat(taken).equals(flood)).toBe(true);
  });

  it("hands on what waits when the stream ends", () => {
    const { reader, taken } = readFairly(1.5);
    reader.push(flood);
    reader.finish();
    expect(Buffer.concat(taken).equals(flood)).toBe(true);
  });

  it("hands on nothing after its close", async () => {
    const { reader, taken } = readFairly(1.5);
    reader.push(flood);
    const before = taken.length;
    reader.close();
    reader.finish();
    await new Promise((resolve) => setImmediate(resolve));
    expect(taken.length).toBe(before);
  });

  it("passes small chunks on as they are, at once", () => {
    const { socket, reader, taken } = readFairly(0);
    reader.push(flood.subarray(0, 100));
    expect(taken).toHaveLength(1);
    expect(socket.isPaused()).toBe(false);
  });
});
