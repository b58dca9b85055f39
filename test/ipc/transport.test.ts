import { describe, expect, it } from "vitest";
import { socketTransport } from "../../src/ipc/index.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { socketPair } from "../kit/ipc-socket-pair.js";

async function startTransport() {
  const [near, far] = await socketPair();
  const transport = socketTransport(near);
  const chunks: Uint8Array[] = [];
  let onChunk = () => {};
  let onEnd = () => {};
  const ended = new Promise<void>((resolve) => {
    onEnd = resolve;
  });
  const subscription = transport.chunks$.subscribe({
    next(chunk) {
      chunks.push(chunk);
      onChunk();
    },
    complete: () => onEnd(),
  });
  return {
    near,
    far,
    transport,
    chunks,
    subscription,
    ended: () => withDeadline(ended, "the end of the stream"),
    firstChunk: () =>
      withDeadline(
        new Promise<void>((resolve) => {
          onChunk = resolve;
          if (chunks.length > 0) resolve();
        }),
        "a chunk",
      ),
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
    },
  };
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("socketTransport", () => {
  it("writes a batch in order, tells when it left, and ends the stream behind it", async () => {
    await using kit = await startTransport();
    const parts = ["one ", "two ", "three"].map((text) => Buffer.from(text));
    const left = new Promise<void>((resolve) => kit.transport.write(parts, resolve));
    kit.transport.end();
    expect(await readAll(kit.far)).toBe("one two three");
    await withDeadline(left, "the batch to leave");
  });

  it("emits what the peer sends as plain bytes", async () => {
    await using kit = await startTransport();
    kit.far.write("hello");
    await kit.firstChunk();
    expect(kit.chunks[0]?.constructor).toBe(Uint8Array);
    expect(Buffer.from(kit.chunks[0] as Uint8Array).toString()).toBe("hello");
  });

  it("completes when the peer ends, and when the stream breaks", async () => {
    await using first = await startTransport();
    first.far.end();
    await first.ended();
    await using second = await startTransport();
    second.near.destroy(new Error("broken"));
    await second.ended();
  });

  it("counts what is written and not yet read as unsent", async () => {
    await using kit = await startTransport();
    kit.far.pause();
    let hasLeft = false;
    const left = new Promise<void>((resolve) =>
      kit.transport.write([new Uint8Array(8 * 1024 * 1024)], () => {
        hasLeft = true;
        resolve();
      }),
    );
    expect(kit.transport.unsentBytes).toBeGreaterThan(1024 * 1024);
    expect(hasLeft).toBe(false);
    kit.far.resume();
    await withDeadline(left, "the bytes to leave");
    expect(kit.transport.unsentBytes).toBe(0);
  });

  it("never says that bytes left when the stream broke under them", async () => {
    await using kit = await startTransport();
    kit.far.pause();
    let hasLeft = false;
    kit.transport.write([new Uint8Array(8 * 1024 * 1024)], () => {
      hasLeft = true;
    });
    const closed = new Promise<void>((resolve) => kit.near.once("close", () => resolve()));
    kit.transport.destroy();
    kit.transport.destroy();
    await withDeadline(closed, "the socket to close");
    expect(hasLeft).toBe(false);
    kit.transport.write([Uint8Array.of(1)], () => {
      hasLeft = true;
    });
    expect(hasLeft).toBe(false);
  });

  it("goes on reading for nobody after its subscriber left, so that the peer isn't reset", async () => {
    await using kit = await startTransport();
    kit.subscription.unsubscribe();
    const written = new Promise<void>((resolve, reject) => {
      kit.far.write(new Uint8Array(4 * 1024 * 1024), (error) => (error == null ? resolve() : reject(error)));
    });
    await withDeadline(written, "the peer's bytes to be taken");
    expect(kit.chunks).toEqual([]);
  });

  it("drops what a peer doesn't take within a second of the end", async () => {
    await using kit = await startTransport();
    kit.far.pause();
    kit.transport.write([new Uint8Array(8 * 1024 * 1024)], () => {});
    const closed = new Promise<void>((resolve) => kit.near.once("close", () => resolve()));
    kit.transport.end();
    expect(kit.near.destroyed).toBe(false);
    await withDeadline(closed, "the socket to be dropped");
  });

  it("reads little in one turn of the event loop when it reads fairly", async () => {
    const [near, far] = await socketPair();
    const totalBytes = 8 * 1024 * 1024;
    let bytes = 0;
    let turnBytes = 0;
    let largestTurnBytes = 0;
    const allRead = new Promise<void>((resolve) => {
      socketTransport(near, { readsFairly: true }).chunks$.subscribe((chunk) => {
        if (turnBytes === 0) setImmediate(() => (turnBytes = 0));
        turnBytes += chunk.length;
        largestTurnBytes = Math.max(largestTurnBytes, turnBytes);
        bytes += chunk.length;
        if (bytes === totalBytes) resolve();
      });
    });
    far.write(new Uint8Array(totalBytes));
    await withDeadline(allRead, "all bytes");
    // Chunks that were read already may follow in the same turn, one or two where the machine is busy; not megabytes.
    expect(largestTurnBytes).toBeLessThanOrEqual(4 * 64 * 1024);
    for (const socket of [near, far]) socket.destroy();
  });

  it("completes at once over a socket that is gone already", async () => {
    const [near, far] = await socketPair();
    near.destroy();
    let isComplete = false;
    socketTransport(near).chunks$.subscribe({
      complete: () => {
        isComplete = true;
      },
    });
    expect(isComplete).toBe(true);
    far.destroy();
  });
});
