import { describe, expect, it } from "vitest";
import { FrameSlab, frameOf } from "../../src/ipc/frame-slab.js";
import { FrameWriter } from "../../src/ipc/frame-writer.js";
import { createMessagePackCodec, HOST_BODY_LIMITS } from "../../src/ipc/index.js";
import { pack } from "../kit/ipc-bytes.js";
import { memoryTransport } from "../kit/ipc-memory-transport.js";

/** A writer whose turns of the event loop end when the test says so. */
function startWriter() {
  const peer = memoryTransport();
  const due: (() => void)[] = [];
  const writer = new FrameWriter(peer.transport, (flush) => due.push(flush));
  return {
    peer,
    writer,
    scheduled: () => due.length,
    endTurn() {
      for (const flush of due.splice(0)) flush();
    },
  };
}

const codec = createMessagePackCodec(HOST_BODY_LIMITS);
const message = (n: number) => pack([8, n]);
const own = (n: number) => frameOf(message(n));

describe("FrameWriter", () => {
  it("writes everything of one turn at once, in the order of appending", () => {
    const { peer, writer, scheduled, endTurn } = startWriter();
    for (const n of [1, 2, 3]) writer.append(own(n));
    expect(scheduled()).toBe(1);
    expect(peer.writes).toEqual([]);
    endTurn();
    expect(peer.writes).toHaveLength(1);
    expect(peer.sent()).toEqual([
      [8, 1],
      [8, 2],
      [8, 3],
    ]);
  });

  it("joins neighbours of a slab to one slice", () => {
    const { peer, writer, endTurn } = startWriter();
    const slab = new FrameSlab();
    for (let n = 0; n < 100; n++) writer.appendEvent(slab.encode(codec, [8, n]), n);
    endTurn();
    expect(peer.writes).toEqual([1]);
    expect(peer.sent()).toHaveLength(100);
  });

  it("lets what waits behind unread bytes keep no slab alive, nor a pool", () => {
    const { peer, writer, endTurn } = startWriter();
    const slab = new FrameSlab();
    const chunks: Uint8Array[] = [];
    const { write } = peer.transport;
    peer.transport.write = (slices, done) => {
      chunks.push(...slices);
      write(slices, done);
    };
    peer.isPeerReading = false;
    for (let n = 0; n < 3; n++) {
      writer.appendEvent(slab.encode(codec, [8, n]), n);
      writer.append(own(100 + n));
      endTurn();
    }
    const waiting = chunks.slice(2);
    expect(waiting).toHaveLength(2);
    for (const { buffer, length } of waiting) expect(buffer.byteLength).toBe(length);
    expect(peer.sent()).toHaveLength(6);
  });

  it("copies no large data that stands alone, also while earlier bytes wait", () => {
    const { peer, writer, endTurn } = startWriter();
    const chunks: Uint8Array[] = [];
    const { write } = peer.transport;
    peer.transport.write = (slices, done) => {
      chunks.push(...slices);
      write(slices, done);
    };
    peer.isPeerReading = false;
    writer.append(own(1));
    endTurn();
    const data = new Uint8Array(100_000);
    writer.append(own(2));
    writer.append({ bytes: data, start: 0, end: data.length });
    endTurn();
    expect(chunks.at(-1)?.buffer).toBe(data.buffer);
    const half = { bytes: data, start: 0, end: 50_000 };
    writer.append(half);
    endTurn();
    expect(chunks.at(-1)?.buffer).not.toBe(data.buffer);
    expect(chunks.at(-1)).toHaveLength(50_000);
  });

  it("keeps the order when events and other frames alternate", () => {
    const { peer, writer, endTurn } = startWriter();
    const slab = new FrameSlab();
    writer.appendEvent(slab.encode(codec, [8, 1]), 1);
    writer.append(own(2));
    writer.appendEvent(slab.encode(codec, [8, 3]), 3);
    writer.appendEvent(slab.encode(codec, [8, 4]), 4);
    endTurn();
    expect(peer.sent()).toEqual([
      [8, 1],
      [8, 2],
      [8, 3],
      [8, 4],
    ]);
    expect(peer.writes).toEqual([3]);
  });

  it("sends only its own frames of a slab that others share", () => {
    const { peer, writer, endTurn } = startWriter();
    const slab = new FrameSlab();
    const frames = [1, 2, 3, 4].map((n) => slab.encode(codec, [8, n]));
    for (const n of [0, 1, 3]) writer.appendEvent(frames[n]!, n);
    endTurn();
    expect(peer.sent()).toEqual([
      [8, 1],
      [8, 2],
      [8, 4],
    ]);
    expect(peer.writes).toEqual([2]);
  });

  it("lets whoever holds frames back add them to the write that is due", () => {
    const { peer, writer, scheduled, endTurn } = startWriter();
    writer.hooks.beforeFlush = () => {
      writer.append(own(2));
      writer.hooks.beforeFlush = () => {};
    };
    writer.append(own(1));
    endTurn();
    expect(peer.sent()).toEqual([
      [8, 1],
      [8, 2],
    ]);
    expect(peer.writes).toHaveLength(1);
    expect(scheduled()).toBe(0);
  });

  it("writes nothing when a flush was asked for and nothing came", () => {
    const { peer, writer, endTurn } = startWriter();
    writer.requestFlush();
    endTurn();
    expect(peer.writes).toEqual([]);
  });

  it("tells the highest seq of a batch when it left, and 0 before any event", () => {
    const { peer, writer, endTurn } = startWriter();
    const left: number[] = [];
    writer.hooks.afterWrite = (lastSeq) => left.push(lastSeq);
    writer.append(own(1));
    endTurn();
    peer.isPeerReading = false;
    writer.appendEvent(own(2), 41);
    writer.appendEvent(own(3), 42);
    endTurn();
    expect(left).toEqual([0]);
    peer.isPeerReading = true;
    expect(left).toEqual([0, 42]);
  });

  it("has no demand while 64 KiB are unsent, appended or written", () => {
    const { peer, writer, endTurn } = startWriter();
    peer.isPeerReading = false;
    const large = frameOf(new Uint8Array(40 * 1024));
    expect(writer.hasDemand).toBe(true);
    writer.append(large);
    expect(writer.hasDemand).toBe(true);
    endTurn();
    writer.append(large);
    expect(writer.hasDemand).toBe(false);
    endTurn();
    expect(writer.hasDemand).toBe(false);
    peer.isPeerReading = true;
    expect(writer.hasDemand).toBe(true);
  });

  it("counts what answers cost that the peer leaves unread, each write with 512 bytes, and not events", () => {
    const { peer, writer, endTurn } = startWriter();
    peer.isPeerReading = false;
    writer.appendEvent(frameOf(new Uint8Array(5000)), 1);
    expect(writer.appendAnswer(frameOf(new Uint8Array(496)))).toBe(500 + 512);
    expect(writer.appendAnswer(frameOf(new Uint8Array(496)))).toBe(500);
    endTurn();
    expect(writer.unreadAnswerBytes).toBe(1000 + 512);
    writer.appendAnswer(frameOf(new Uint8Array(496)));
    endTurn();
    expect(writer.unreadAnswerBytes).toBe(1500 + 2 * 512);
    expect(writer.heldBytes).toBe(writer.unsentBytes + 2 * 512);
    peer.isPeerReading = true;
    expect(writer.unreadAnswerBytes).toBe(0);
    expect(writer.heldBytes).toBe(0);
  });

  it("drops what was not written when it is closed, and takes nothing more", () => {
    const { peer, writer, endTurn } = startWriter();
    writer.append(own(1));
    writer.close();
    writer.append(own(2));
    endTurn();
    writer.flush();
    expect(peer.writes).toEqual([]);
  });
});
