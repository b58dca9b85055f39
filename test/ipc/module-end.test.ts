import { describe, expect, it } from "vitest";
import { EngineError, errorCode } from "../../src/errors.js";
import { createMessagePackCodec, HOST_BODY_LIMITS, ipcErrors, ModuleEnd } from "../../src/ipc/index.js";
import { frame, header, hex } from "../kit/ipc-bytes.js";
import { MEMORY_ACK, MEMORY_HANDSHAKE } from "../kit/ipc-memory-host-end.js";
import { memoryTransport } from "../kit/ipc-memory-transport.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

type Invoked = (kind: string, payload: unknown) => Promise<unknown>;

function startModuleEnd(onInvocation: Invoked = () => Promise.resolve(null)) {
  const peer = memoryTransport();
  const clock = virtualClock();
  const due: (() => void)[] = [];
  const told: unknown[] = [];
  const closed: { reason: string; error: EngineError | undefined }[] = [];
  const end = new ModuleEnd(
    {
      transport: peer.transport,
      codec: createMessagePackCodec(HOST_BODY_LIMITS),
      scheduler: clock.scheduler,
      scheduleFlush: (flush) => due.push(flush),
    },
    {
      onDelivery: (delivery) => {
        if (delivery.kind === "gap") told.push(["gap", ...Object.values(delivery.gap)]);
        else told.push([delivery.event.seq, delivery.event.type, delivery.event.payload]);
      },
      onInvocation,
      onClosed: (reason, error) => closed.push({ reason, error }),
    },
  );
  const endTurn = () => {
    for (const flush of due.splice(0)) flush();
  };
  return { end, peer, clock, told, closed, endTurn };
}

/** Lets promises that are settled run their callbacks. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("ModuleEnd", () => {
  it("sends the handshake as the first request and reads its answer", async () => {
    const { end, peer, endTurn } = startModuleEnd();
    const ack = end.handshake(MEMORY_HANDSHAKE, 1000);
    endTurn();
    expect(peer.sent()).toEqual([[0, 1, "Handshake", MEMORY_HANDSHAKE]]);
    peer.receiveMessage(1, 1, true, { ...MEMORY_ACK, something_new: true });
    expect(await ack).toEqual(MEMORY_ACK);
  });

  it("rejects a handshake with the host's own refusal", async () => {
    const { end, peer, endTurn } = startModuleEnd();
    const ack = end.handshake(MEMORY_HANDSHAKE, 1000);
    endTurn();
    peer.receiveMessage(1, 1, false, { code: "BAD_TOKEN", message: "no", retryable: false });
    await expect(ack).rejects.toMatchObject({ code: "BAD_TOKEN" });
  });

  it("rejects an answer to the handshake that it can't read", async () => {
    const { end, peer, endTurn } = startModuleEnd();
    const ack = end.handshake(MEMORY_HANDSHAKE, 1000);
    endTurn();
    peer.receiveMessage(1, 1, true, { ...MEMORY_ACK, window: 0 });
    await expect(ack).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  });

  it("hands on events and gaps in the order of the wire", () => {
    const { peer, told } = startModuleEnd();
    peer.receiveMessage(2, 1, 1700, "NewBlock", { height: 1 }, "node");
    peer.receiveMessage(6, 2, 4, 3, "channel_full");
    peer.receiveMessage(2, 5, 1701, "NewBlock", { height: 2 }, "node");
    expect(told).toEqual([
      [1, "NewBlock", { height: 1 }],
      ["gap", 2, 4, 3, "channel_full"],
      [5, "NewBlock", { height: 2 }],
    ]);
  });

  it("answers pings and writes acknowledgements and logs", () => {
    const { end, peer, endTurn } = startModuleEnd();
    peer.receiveMessage(8, 4);
    end.acknowledge(7, undefined);
    end.acknowledge(8, { NewBlock: [1, 20, 20] });
    end.log("warn", "app", "careful", 1700, { n: 1 });
    endTurn();
    expect(peer.sent()).toEqual([
      [9, 4],
      [7, 7],
      [7, 8, { NewBlock: [1, 20, 20] }],
      [3, "warn", "app", "careful", 1700, { n: 1 }],
    ]);
  });

  it("sends the result of an invocation, or the error that it threw", async () => {
    const { peer, endTurn } = startModuleEnd((kind) =>
      kind === "cli"
        ? Promise.resolve({ ok: 1 })
        : Promise.reject(ipcErrors.LIMIT({ what: "x", found: 2, limit: 1 })),
    );
    peer.receiveMessage(4, 1, "cli", {});
    peer.receiveMessage(4, 2, "rpc", {});
    await settled();
    endTurn();
    expect(peer.sent()).toMatchObject([
      [5, 1, true, { ok: 1 }],
      [5, 2, false, { code: "LIMIT", details: { found: 2 } }],
    ]);
  });

  it("hides the text of an unknown failure from the host", async () => {
    const { peer, endTurn } = startModuleEnd(() => Promise.reject(new Error("secret")));
    peer.receiveMessage(4, 1, "rpc", {});
    await settled();
    endTurn();
    expect(peer.sent()).toMatchObject([[5, 1, false, { code: "INTERNAL_ERROR" }]]);
    expect(JSON.stringify(peer.sent())).not.toContain("secret");
  });

  it("tells the host when a result can't be encoded, instead of failing the process", async () => {
    const { peer, endTurn } = startModuleEnd(() => Promise.resolve({ big: 1n }));
    peer.receiveMessage(4, 1, "rpc", {});
    await settled();
    endTurn();
    expect(peer.sent()).toMatchObject([[5, 1, false, { code: "INTERNAL_ERROR" }]]);
  });

  it("tells an error's code and words when its details can't be encoded, instead of failing the process", async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const failing = [
      new EngineError("OUT_OF_STOCK", "none left", { circle }),
      new EngineError("OUT_OF_STOCK", "none left".padEnd(100_000), undefined),
      new EngineError("OUT_OF_STOCK".padEnd(100_000), "none left", undefined),
    ];
    const { end, peer, endTurn } = startModuleEnd((_kind, n) => Promise.reject(failing[n as number]));
    const ack = end.handshake(MEMORY_HANDSHAKE, 1000);
    peer.receiveMessage(1, 1, true, { ...MEMORY_ACK, max_frame_bytes: 10_000 });
    await ack;
    for (const n of failing.keys()) peer.receiveMessage(4, n + 1, "rpc", n);
    await settled();
    endTurn();
    const told = {
      code: expect.stringMatching(/^OUT_OF_STOCK/),
      message: expect.stringMatching(/^none left/),
    };
    expect(peer.sent().slice(1)).toMatchObject(failing.map((_, n) => [5, n + 1, false, told]));
  });

  it("rejects a request whose payload can't be encoded and stays connected", async () => {
    const { end } = startModuleEnd();
    await expect(end.request("Probe", { big: 1n }, { timeoutMs: 1000 })).rejects.toThrow();
    expect(end.isClosed).toBe(false);
  });

  it("fails open requests at once when the host closes, and later ones too", async () => {
    const { end, peer, closed } = startModuleEnd();
    const open = end.request("Probe", {}, { timeoutMs: 60_000 }).catch(errorCode);
    peer.receiveEnd();
    expect(await open).toBe("CONNECTION_CLOSED");
    await expect(end.request("Probe", {}, { timeoutMs: 1000 })).rejects.toMatchObject({
      code: "CONNECTION_CLOSED",
    });
    expect(closed).toEqual([{ reason: "the host closed the connection", error: undefined }]);
  });

  it("names the fault over which the host closed", async () => {
    const { end, peer, closed } = startModuleEnd();
    const open = end.request("Probe", {}, { timeoutMs: 60_000 }).catch((error) => error.message);
    peer.receiveMessage(1, 0, false, { code: "SLOW_FRAME", message: "too slow", retryable: false });
    peer.receiveEnd();
    expect(closed[0]?.error).toMatchObject({ code: "SLOW_FRAME", message: "too slow" });
    expect(await open).toContain("too slow");
  });

  it("doesn't take a fault that was forgiven for the reason of a later end", () => {
    const { peer, closed } = startModuleEnd();
    peer.receiveMessage(1, 0, false, { code: "DECODE_ERROR", message: "unreadable", retryable: false });
    peer.receiveMessage(8, 1);
    peer.receiveEnd();
    expect(closed).toEqual([{ reason: "the host closed the connection", error: undefined }]);
  });

  it("ends over what it can't read: a bad length, a bad body", () => {
    for (const [bytes, code] of [
      [header(0), "BAD_FRAME"],
      [header(0xffff_ffff), "FRAME_TOO_LARGE"],
      [frame(hex("c1")), "DECODE_ERROR"],
    ] as const) {
      const { peer, closed } = startModuleEnd();
      peer.receive(bytes);
      expect(closed.map(({ error }) => error?.code)).toEqual([code]);
      expect(peer.isEnded).toBe(true);
    }
  });

  it("ignores what only a module may send", () => {
    const { end, peer, told } = startModuleEnd();
    for (const message of [
      [0, 1, "GetChainTip", {}],
      [3, "info", "a", "b", 1],
      [5, 1, true, null],
      [7, 1],
      [9, 1],
    ]) {
      peer.receiveMessage(...message);
    }
    expect(told).toEqual([]);
    expect(end.isClosed).toBe(false);
  });

  it("writes what was appended before it closes, and is told once", () => {
    const { end, peer, closed } = startModuleEnd();
    end.acknowledge(3, undefined);
    end.close();
    end.close();
    end.acknowledge(4, undefined);
    peer.receiveEnd();
    expect(peer.sent()).toEqual([[7, 3]]);
    expect(peer.isEnded).toBe(true);
    expect(closed).toHaveLength(1);
  });
});
