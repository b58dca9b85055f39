import { describe, expect, it } from "vitest";
import { FrameSlab } from "../../src/ipc/frame-slab.js";
import { createMessagePackCodec, HOST_BODY_LIMITS, ipcErrors, MESSAGE_KIND } from "../../src/ipc/index.js";
import { nodeApiErrors } from "../../src/node-api/errors.js";
import { securityErrors } from "../../src/security/errors.js";
import { concat, frame, pack } from "../kit/ipc-bytes.js";
import { MEMORY_HANDSHAKE, startMemoryHostEnd } from "../kit/ipc-memory-host-end.js";

function startGreeted(...options: Parameters<typeof startMemoryHostEnd>) {
  const host = startMemoryHostEnd(...options);
  host.shakeHands();
  const own = host.traffic.of("probe");
  return { ...host, own };
}

/** The kinds of fault that were counted. */
const faultsOf = ({ traffic }: Pick<ReturnType<typeof startMemoryHostEnd>, "traffic">) =>
  Object.fromEntries([...traffic.faults()].filter(([, count]) => count > 0));

const deniedError = securityErrors.PERMISSION_DENIED({ what: "x", needs: "y", declared: [], remedy: "z" });

describe("TrafficBooks", () => {
  it("counts the frames and bytes of both directions, whatever they carry", () => {
    const host = startGreeted();
    const { own, peer, end } = host;
    const handshake = frame(pack([0, 1, "Handshake", MEMORY_HANDSHAKE]));
    expect([own.rxFrames, own.rxBytes]).toEqual([1, handshake.length]);
    const two = concat(frame(pack([8, 1])), frame(pack([8, 2])));
    peer.receive(two.subarray(0, 3));
    peer.receive(two.subarray(3));
    const slab = new FrameSlab();
    const codec = createMessagePackCodec(HOST_BODY_LIMITS);
    for (let n = 1; n <= 100; n++) end.sendEvent(slab.encode(codec, [2, n]), n);
    end.sendGap({ fromSeq: 1, toSeq: 2, count: 2, reason: "channel_full" });
    host.endTurn();
    expect([own.rxFrames, own.rxBytes]).toEqual([3, handshake.length + two.length]);
    expect(own.txFrames).toBe(peer.sent().length);
    expect(own.txFrames).toBe(104);
    expect(own.txBytes).toBe(
      peer.sent().reduce((sum, message) => sum + frame(codec.encode(message)).length, 0),
    );
  });

  it("counts a connection from its handshake to its end, and none that was turned away", () => {
    const { traffic, peer } = startMemoryHostEnd();
    expect(traffic.connections).toBe(0);
    peer.receiveMessage(0, 1, "GetChainTip", {});
    expect(traffic.connections).toBe(0);
    const greeted = startGreeted();
    expect(greeted.traffic.connections).toBe(1);
    greeted.peer.receiveEnd();
    expect(greeted.traffic.connections).toBe(0);
  });

  it("counts requests by method and outcome, and how long the answer took", () => {
    const { own, peer, requests, clock, traffic } = startGreeted({ requests_per_second: 4 });
    for (const [id, type] of [
      [1, "GetChainTip"],
      [2, "GetChainTip"],
      [3, "GetChainTip"],
      [4, "of my own making"],
      [5, "GetChainTip"],
    ] as const) {
      peer.receiveMessage(0, id, type, {});
    }
    expect(own.openRequests).toBe(4);
    clock.advanceMs(3);
    requests[0]?.answer({});
    requests[1]?.refuse(deniedError);
    requests[3]?.answer({});
    expect(own.openRequests).toBe(1);
    // The fifth came too soon.
    expect(Object.fromEntries(own.requests())).toEqual({
      GetChainTip: { ok: 1, error: 1, timeout: 0, denied: 1 },
      other: { ok: 1, error: 0, timeout: 0, denied: 0 },
    });
    const [[method, durations] = ["", undefined]] = traffic.durations();
    expect([method, durations?.count, durations?.sumMs]).toEqual(["GetChainTip", 2, 6]);
    peer.receiveEnd();
    expect(own.openRequests).toBe(0);
    requests[2]?.answer({});
    expect(own.openRequests).toBe(0);
  });

  it.each([
    ["timeout", ipcErrors.DEADLINE({ call: "x", timeoutMs: 1 })],
    ["timeout", nodeApiErrors.TIMEOUT({ module: "m", method: "x", timeoutMs: 1 })],
    ["timeout", nodeApiErrors.MODULE_TIMEOUT({ module: "m", call: "x", timeoutMs: 1 })],
    ["error", ipcErrors.INTERNAL_ERROR({ type: "x" })],
  ])("counts a refusal as %s by its code", (outcome, error) => {
    const { own, peer, requests } = startGreeted();
    peer.receiveMessage(0, 1, "GetChainTip", {});
    requests[0]?.refuse(error);
    expect(Object.fromEntries(own.requests())).toMatchObject({ GetChainTip: { [outcome]: 1 } });
  });

  it("knows how long the newest answered ping took", () => {
    const { own, peer, clock, endTurn } = startGreeted();
    clock.advanceMs(1000);
    endTurn();
    expect(own.heartbeatRttMs).toBeUndefined();
    clock.advanceMs(7);
    peer.receiveMessage(9, 1);
    expect(own.heartbeatRttMs).toBe(7);
    clock.advanceMs(1000);
    peer.receiveMessage(9, 1);
    expect(own.heartbeatRttMs).toBe(7);
  });

  it.each([
    ["frame_too_large", (bytes: Uint8Array) => bytes.fill(0xff, 0, 4)],
    ["bad_frame", (bytes: Uint8Array) => bytes.fill(0, 0, 4)],
    ["bad_msgpack", (bytes: Uint8Array) => bytes.fill(0xc1, 4)],
    ["bad_schema", (bytes: Uint8Array) => bytes.fill(0x01, 4, 5)],
  ])("counts %s once", (kind, spoil) => {
    const host = startGreeted();
    const bytes = Uint8Array.from(kind === "bad_schema" ? frame(pack(5)) : frame(pack([8, 1])));
    spoil(bytes);
    host.peer.receive(bytes);
    expect(faultsOf(host)).toEqual({ [kind]: 1 });
  });

  it("counts each bad body, also the one that closes the connection", () => {
    const host = startGreeted();
    for (let n = 0; n < 3; n++) host.peer.receiveMessage("no kind");
    expect(host.end.isClosed).toBe(true);
    expect(faultsOf(host)).toEqual({ bad_schema: 3 });
  });

  it("counts what a stranger does before the handshake, and what a module may not send", () => {
    const stranger = startMemoryHostEnd();
    stranger.clock.advanceMs(2000);
    expect(faultsOf(stranger)).toEqual({ handshake: 1 });
    const host = startGreeted();
    host.peer.receiveMessage(1, 7, true, {});
    host.peer.receiveMessage(MESSAGE_KIND.ack, 5000);
    expect(faultsOf(host)).toEqual({ unexpected: 2 });
  });
});
