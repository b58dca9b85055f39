import { describe, expect, it } from "vitest";
import { EngineError } from "../../src/errors.js";
import { createMessagePackCodec, type Message, MODULE_BODY_LIMITS } from "../../src/ipc/index.js";
import { messages$ } from "../../src/ipc/message-stream.js";
import { concat, frame, header, hex, nestedArrays, pack } from "../kit/ipc-bytes.js";
import { memoryTransport } from "../kit/ipc-memory-transport.js";

const ping = (nonce: number) => frame(pack([8, nonce]));

function startStream({ takeOne = false } = {}) {
  const peer = memoryTransport();
  const items: (Message | string)[] = [];
  const partials: number[] = [];
  const ends: string[] = [];
  let bytes = 0;
  const stream = messages$(peer.transport, createMessagePackCodec(MODULE_BODY_LIMITS), {
    maxFrameBytes: 10_000,
    onPartial: (partialBytes) => partials.push(partialBytes),
    onBytes: (count) => {
      bytes += count;
    },
  });
  const subscription = stream.subscribe({
    next(item) {
      items.push(item instanceof EngineError ? item.code : item);
      if (takeOne) subscription.unsubscribe();
    },
    error: (error: EngineError) => ends.push(error.code),
    complete: () => ends.push("complete"),
  });
  return { peer, items, partials, ends, bytes: () => bytes };
}

describe("messages$", () => {
  it("emits each message once, in order, however the bytes come", () => {
    const stream = concat(ping(1), ping(2), ping(3));
    const { peer, items } = startStream();
    for (const byte of stream) peer.receive(Uint8Array.of(byte));
    expect(items).toEqual([1, 2, 3].map((nonce) => ({ kind: "ping", nonce })));
  });

  it("emits what can't be read as a value and goes on", () => {
    const { peer, items, ends } = startStream();
    peer.receive(concat(ping(1), frame(hex("c1")), frame(nestedArrays(33)), frame(pack([99])), ping(2)));
    expect(items.map((item) => (typeof item === "string" ? item : item.kind))).toEqual([
      "ping",
      "DECODE_ERROR",
      "LIMIT",
      "DECODE_ERROR",
      "ping",
    ]);
    expect(ends).toEqual([]);
  });

  it("fails over a length that can't be read, after all that came before it", () => {
    const { peer, items, ends } = startStream();
    peer.receive(concat(ping(1), header(0), ping(2)));
    peer.receive(ping(3));
    expect(items).toHaveLength(1);
    expect(ends).toEqual(["BAD_FRAME"]);
  });

  it("completes with the stream and drops an unfinished frame", () => {
    const { peer, items, ends } = startStream();
    peer.receive(concat(ping(1), ping(2).subarray(0, 5)));
    peer.receiveEnd();
    expect(items).toHaveLength(1);
    expect(ends).toEqual(["complete"]);
  });

  it("tells after each chunk how much of a frame is unfinished", () => {
    const { peer, partials, bytes } = startStream();
    const whole = ping(1);
    peer.receive(whole.subarray(0, 2));
    peer.receive(concat(whole.subarray(2), whole.subarray(0, 5)));
    peer.receive(whole.subarray(5));
    expect(partials).toEqual([2, 5, 0]);
    expect(bytes()).toBe(2 * whole.length);
  });

  it("emits nothing more of a chunk once its subscriber has left", () => {
    const { peer, items } = startStream({ takeOne: true });
    peer.receive(ping(0).subarray(0, 1));
    peer.receive(concat(ping(0).subarray(1), ping(1), ping(2)));
    peer.receive(ping(3));
    expect(items).toHaveLength(1);
  });

  it("emits nothing for a stream without a byte", () => {
    const { peer, items, ends } = startStream();
    peer.receiveEnd();
    expect([items, ends]).toEqual([[], ["complete"]]);
  });
});
