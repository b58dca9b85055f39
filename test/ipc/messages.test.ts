import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Message, parseMessage } from "../../src/ipc/messages.js";

const refusal = { code: "LIMIT", message: "too much", details: { found: 1 }, retryable: true };

/** Every kind of message as it stands on the wire, and as it is read. */
const samples: readonly (readonly [wire: readonly unknown[], read: Message])[] = [
  [[0, 1, "GetChainTip", {}], { kind: "request", id: 1, type: "GetChainTip", payload: {} }],
  [[0, 1, "GetChainTip"], { kind: "request", id: 1, type: "GetChainTip", payload: undefined }],
  [[1, 4, true, "tip"], { kind: "response", id: 4, outcome: { ok: true, payload: "tip" } }],
  [[1, 0, false, refusal], { kind: "response", id: 0, outcome: { ok: false, error: refusal } }],
  [
    [1, 4, false, { code: "LIMIT", message: "too much" }],
    {
      kind: "response",
      id: 4,
      outcome: {
        ok: false,
        error: { code: "LIMIT", message: "too much", details: undefined, retryable: false },
      },
    },
  ],
  [
    [2, 9, 1700, "NewBlock", { height: 1 }, "node"],
    {
      kind: "event",
      event: { seq: 9, type: "NewBlock", payload: { height: 1 }, timestamp_ms: 1700, source: "node" },
    },
  ],
  [
    [3, "warn", "app", "careful", 1700, { n: 1 }],
    { kind: "log", level: "warn", target: "app", message: "careful", timestampMs: 1700, fields: { n: 1 } },
  ],
  [
    [3, "info", "app", "fine", 1700],
    { kind: "log", level: "info", target: "app", message: "fine", timestampMs: 1700, fields: {} },
  ],
  [
    [4, 2, "stop", { reason: "unload" }],
    { kind: "invocation", id: 2, invocation: "stop", payload: { reason: "unload" } },
  ],
  [[5, 2, true, null], { kind: "invocation_result", id: 2, outcome: { ok: true, payload: null } }],
  [
    [6, 3, 7, 4, "channel_full"],
    { kind: "gap", gap: { from_seq: 3, to_seq: 7, count: 4, reason: "channel_full" } },
  ],
  [[7, 12], { kind: "ack", seq: 12, timings: undefined }],
  [[7, 12, null], { kind: "ack", seq: 12, timings: undefined }],
  [[7, 12, { NewBlock: [2, 300, 200] }], { kind: "ack", seq: 12, timings: { NewBlock: [2, 300, 200] } }],
  [[8, 5], { kind: "ping", nonce: 5 }],
  [[9, 5], { kind: "pong", nonce: 5 }],
];

describe("parseMessage", () => {
  it.each(samples)("reads %j", (wire, read) => {
    expect(parseMessage(wire)).toEqual(read);
  });

  it("ignores elements that a later version may add", () => {
    for (const [wire, read] of samples) {
      const isOpenEnded = wire.length === 6 || (wire[0] === 0 && wire.length === 4) || wire[0] === 8;
      if (isOpenEnded) expect(parseMessage([...wire, "later", 1])).toEqual(read);
    }
  });

  it.each([
    ["no array", { 0: 8, 1: 1 }],
    ["nothing", null],
    ["an empty array", []],
    ["an unknown kind", [10, 1]],
    ["a kind in words", ["ping", 1]],
    ["a request with the id 0", [0, 0, "GetChainTip", {}]],
    ["a request with a negative id", [0, -1, "GetChainTip", {}]],
    ["a request with half an id", [0, 1.5, "GetChainTip", {}]],
    ["a request with an id beyond 2^53", [0, 2n ** 60n, "GetChainTip", {}]],
    ["a request without a type", [0, 1]],
    ["a request whose type is a number", [0, 1, 5, {}]],
    ["an answer that is neither", [1, 1, "yes", {}]],
    ["a refusal without a code", [1, 1, false, { message: "no" }]],
    ["a refusal that is a text", [1, 1, false, "no"]],
    ["an event without a source", [2, 1, 1, "NewBlock", {}]],
    ["an event with a text for its seq", [2, "1", 1, "NewBlock", {}, "node"]],
    ["a log of an unknown level", [3, "fatal", "app", "x", 1]],
    ["a log without a message", [3, "info", "app", null, 1]],
    ["a log without a timestamp", [3, "info", "app", "x"]],
    ["an unknown invocation", [4, 1, "reboot", {}]],
    ["an invocation with the id 0", [4, 0, "stop", {}]],
    ["a gap without a reason", [6, 1, 2, 2]],
    ["a gap with half a count", [6, 1, 2, 0.5, "reload"]],
    ["an acknowledgement of nothing", [7]],
    ["timings that are a list", [7, 1, [1, 2, 3]]],
    ["timings with two numbers", [7, 1, { NewBlock: [1, 2] }]],
    ["timings below zero", [7, 1, { NewBlock: [1, -2, 1] }]],
    ["timings that are no integers", [7, 1, { NewBlock: [1, 0.5, 1] }]],
    ["a ping with a text", [8, "x"]],
    ["a pong without a nonce", [9]],
  ])("says in words what is wrong with %s", (_what, body) => {
    const found = parseMessage(body);
    expect(found).toBeTypeOf("string");
    expect(String(found).length).toBeGreaterThan(8);
  });

  it("never throws, whatever was decoded", () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.tuple(fc.nat(11), fc.anything(), fc.anything(), fc.anything()),
    );
    fc.assert(
      fc.property(anything, (body) => {
        expect(parseMessage(body)).toBeDefined();
      }),
    );
  });
});
