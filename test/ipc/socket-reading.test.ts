import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SocketReading } from "../../src/ipc/socket-reading.js";
import { rereadingTransport } from "../../src/ipc/transport.js";
import { until } from "../kit/host-until.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** A socket that reads into one buffer, connected to one that the test writes to. */
async function startReading() {
  await using dir = await tempDir();
  const path = join(dir.path, "reading.sock");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const reading = new SocketReading();
  const socket = connect({ path, onread: reading.onread });
  const far = await withDeadline(accepted, "the other end");
  server.close();
  return {
    far,
    socket,
    transport: rereadingTransport(socket, reading),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      far.destroy();
    },
  };
}

const sent = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, n) => n % 251));

describe("SocketReading", () => {
  it("hands on every byte in order, then the end of the stream", async () => {
    await using pair = await startReading();
    const taken: Buffer[] = [];
    const ended = new Promise<void>((resolve) => {
      pair.transport.chunks$.subscribe({
        next: (chunk) => taken.push(Buffer.from(chunk)),
        complete: resolve,
      });
    });
    pair.far.end(sent);
    await withDeadline(ended, "the end of the stream");
    expect(Buffer.concat(taken).equals(sent)).toBe(true);
  });

  it("lends its one buffer: a chunk changes after the call", async () => {
    await using pair = await startReading();
    const buffers = new Set<ArrayBufferLike>();
    const ended = new Promise<void>((resolve) => {
      pair.transport.chunks$.subscribe({ next: (chunk) => buffers.add(chunk.buffer), complete: resolve });
    });
    pair.far.end(sent);
    await withDeadline(ended, "the end of the stream");
    expect(buffers.size).toBe(1);
  });

  it("keeps what arrives before anybody listens", async () => {
    await using pair = await startReading();
    pair.far.end(sent);
    await until("the first chunk is there", () => pair.socket.bytesRead > 0);
    const taken: Buffer[] = [];
    const ended = new Promise<void>((resolve) => {
      pair.transport.chunks$.subscribe({
        next: (chunk) => taken.push(Buffer.from(chunk)),
        complete: resolve,
      });
    });
    await withDeadline(ended, "the end of the stream");
    expect(Buffer.concat(taken).equals(sent)).toBe(true);
  });

  it("drops what arrives after the last listener left, and reads to the end", async () => {
    await using pair = await startReading();
    const taken: Uint8Array[] = [];
    pair.transport.chunks$.subscribe((chunk) => taken.push(chunk)).unsubscribe();
    const ended = new Promise<void>((resolve) => pair.socket.once("end", resolve));
    pair.far.end(sent);
    await withDeadline(ended, "the end of the stream");
    expect(taken).toEqual([]);
  });
});
