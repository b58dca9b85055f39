import { describe, expect, it } from "vitest";
import { Lane } from "../../../src/node-api/files/lane.js";

const { signal } = new AbortController();

/** Work that ends when the test says so, and the order in which it began. */
function stage(width: number, maxWaiting: number) {
  const lane = new Lane(width, maxWaiting, (refusal) => new Error(refusal));
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const run = (n: number, by: AbortSignal = signal) =>
    lane
      .run(() => {
        begun.push(n);
        return new Promise<number>((resolve) => {
          ends[n] = () => resolve(n);
        });
      }, by)
      .catch((error: Error) => error.message);
  return { lane, begun, ends, run };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a lane", () => {
  it("runs as many at a time as it is wide, in the order in which they came", async () => {
    const { begun, ends, run, lane } = stage(2, 10);
    const all = [0, 1, 2, 3].map((n) => run(n));
    await turn();
    expect(begun).toEqual([0, 1]);
    ends[1]?.();
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    ends[0]?.();
    await turn();
    for (const n of [2, 3]) ends[n]?.();
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
    expect(lane.isIdle).toBe(true);
  });

  it("goes on after work that throws", async () => {
    const lane = new Lane(1, 10, (refusal) => new Error(refusal));
    const failed = lane.run(() => Promise.reject(new Error("work")), signal);
    const next = lane.run(async () => "next", signal);
    await expect(failed).rejects.toThrow("work");
    expect(await next).toBe("next");
  });

  it("refuses what comes when as many wait as may", async () => {
    const { run, ends } = stage(1, 2);
    const all = [0, 1, 2].map((n) => run(n));
    expect(await run(3)).toBe("full");
    for (const n of [0, 1, 2]) {
      await turn();
      ends[n]?.();
    }
    expect(await Promise.all(all)).toEqual([0, 1, 2]);
  });

  it("drops what was aborted before its turn, and its place is free", async () => {
    const { run, ends, begun } = stage(1, 1);
    const connection = new AbortController();
    const first = run(0);
    const dropped = run(1, connection.signal);
    connection.abort();
    expect(await dropped).toBe("gone");
    expect(await run(2, connection.signal)).toBe("gone");
    const last = run(3);
    await turn();
    ends[0]?.();
    await turn();
    ends[3]?.();
    expect(await Promise.all([first, last])).toEqual([0, 3]);
    expect(begun).toEqual([0, 3]);
  });

  it("waits at its close for what runs, refuses the rest and may be closed again", async () => {
    const { run, ends, lane } = stage(1, 5);
    const first = run(0);
    const waiting = run(1);
    await turn();
    const closed = Promise.all([lane.close(), lane.close()]);
    expect(await waiting).toBe("closed");
    expect(await run(2)).toBe("closed");
    ends[0]?.();
    await closed;
    expect(await first).toBe(0);
  });
});
