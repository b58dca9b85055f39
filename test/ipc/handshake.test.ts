import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commonFeatures, commonVersion, handshakeAck, handshakeRequest } from "../../src/ipc/handshake.js";
import { FEATURES, PROTOCOL } from "../../src/ipc/index.js";
import { MEMORY_ACK, MEMORY_HANDSHAKE } from "../kit/ipc-memory-host-end.js";

describe("commonVersion", () => {
  it("finds the highest version that both ends speak, or none", () => {
    expect(commonVersion({ min: 1, max: 1 })).toBe(1);
    expect(commonVersion({ min: 0, max: 7 })).toBe(PROTOCOL.max);
    expect(commonVersion({ min: 2, max: 7 })).toBeUndefined();
    expect(commonVersion({ min: 0, max: 0 })).toBeUndefined();
    expect(commonVersion({ min: 7, max: 0 })).toBeUndefined();
  });

  it("never finds a version outside of either range", () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), (min, max) => {
        const found = commonVersion({ min, max });
        if (found === undefined) return;
        expect(found).toBeGreaterThanOrEqual(Math.max(min, PROTOCOL.min));
        expect(found).toBeLessThanOrEqual(Math.min(max, PROTOCOL.max));
      }),
    );
  });
});

describe("commonFeatures", () => {
  it("keeps what both ends know and nothing else", () => {
    expect(commonFeatures([])).toEqual([]);
    expect(commonFeatures(["timing", "ack", "teleport", "ack"])).toEqual(["ack", "timing"]);
    expect(commonFeatures(FEATURES)).toEqual([...FEATURES]);
  });
});

describe("the messages of the handshake", () => {
  it("take a token of text, nil or none", () => {
    for (const token of [undefined, null, "a".repeat(64)]) {
      expect(handshakeRequest.safeParse({ ...MEMORY_HANDSHAKE, token }).success).toBe(true);
    }
    expect(handshakeRequest.safeParse({ ...MEMORY_HANDSHAKE, token: 5 }).success).toBe(false);
  });

  it("ignore fields that a later version may add", () => {
    expect(handshakeRequest.parse({ ...MEMORY_HANDSHAKE, later: 1 })).toEqual(MEMORY_HANDSHAKE);
    expect(handshakeAck.parse({ ...MEMORY_ACK, later: 1 })).toEqual(MEMORY_ACK);
  });

  it("refuse limits that no connection can have", () => {
    for (const field of ["max_frame_bytes", "capacity", "window", "heartbeat_ms"]) {
      expect(handshakeAck.safeParse({ ...MEMORY_ACK, [field]: 0 }).success, field).toBe(false);
      expect(handshakeAck.safeParse({ ...MEMORY_ACK, [field]: 1.5 }).success, field).toBe(false);
    }
  });
});
