import { describe, expect, it } from "vitest";
import { frame, pack } from "../kit/ipc-bytes.js";
import { startIpcHost } from "../kit/ipc-host.js";

/** Keeps this process from doing anything else, as a long computation would. */
function blockLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe("deadlines over a real socket", () => {
  it("H09: cut off a client of the path that never sends a handshake", async () => {
    await using host = await startIpcHost();
    const module = await host.open("silent", { ipc: { handshake_timeout_ms: 100 } });
    const client = await module.dial();
    expect(await client.refusal(0)).toMatchObject({ code: "HANDSHAKE_TIMEOUT", details: { timeoutMs: 100 } });
    expect(await client.untilEnd()).toEqual([]);
    expect((await module.turnedAway.nth(1)).reason.error?.code).toBe("HANDSHAKE_TIMEOUT");
  });

  it("H09: start on the descriptor with the first byte", async () => {
    await using host = await startIpcHost();
    const patient = await host.open("patient", { ipc: { handshake_timeout_ms: 50 } });
    const quiet = await patient.descriptor();
    const hasty = await host.open("hasty", { ipc: { handshake_timeout_ms: 50 } });
    const begun = await hasty.descriptor();
    begun.sendBytes(frame(pack([0, 1])).subarray(0, 1));
    expect((await begun.refusal(0)).code).toBe("HANDSHAKE_TIMEOUT");
    quiet.request(1, "Handshake", patient.handshake());
    await quiet.answer(1);
  });

  it("H83: don't blame a client for a handshake that lay unread while the host was blocked", async () => {
    await using host = await startIpcHost();
    const module = await host.open("prompt", { ipc: { handshake_timeout_ms: 1000 } });
    const client = await module.descriptor();
    const handshake = frame(pack([0, 1, "Handshake", module.handshake()]));
    client.sendBytes(handshake.subarray(0, 10));
    // Once another connection's answer is here, the first bytes were read and the clock runs.
    await (await host.open("other")).connect();
    client.sendBytes(handshake.subarray(10));
    blockLoop(1500);
    await client.answer(1);
    expect(module.turnedAway.items).toEqual([]);
  });

  it("H83: don't blame a module for a frame that lay unread while the host was blocked", async () => {
    await using host = await startIpcHost();
    const module = await host.open("prompt", { ipc: { frame_timeout_ms: 1000, heartbeat_ms: 60_000 } });
    const client = await module.connect();
    const request = frame(pack([0, 2, "GetChainTip", {}]));
    client.request(3, "GetChainTip");
    client.sendBytes(request.subarray(0, 10));
    await client.answer(3);
    client.sendBytes(request.subarray(10));
    blockLoop(1500);
    await client.answer(2);
    expect(module.closed.items).toEqual([]);
  });

  it("H83: don't call a module silent whose pongs lay unread while the host was blocked", async () => {
    await using host = await startIpcHost();
    const module = await host.open("prompt", { ipc: { heartbeat_ms: 100 } });
    const client = await module.connect();
    await client.untilPings(1);
    client.send(9, 1);
    blockLoop(1500);
    await client.untilPings(3);
    expect(host.log.messages().filter((line) => line.includes("unresponsive"))).toEqual([]);
  });

  it("H06: bound a whole frame, and not the pause between its bytes", async () => {
    await using host = await startIpcHost();
    const module = await host.open("dripping", { ipc: { frame_timeout_ms: 300 } });
    const client = await module.connect();
    let sentBytes = 0;
    const drip = setInterval(() => {
      sentBytes++;
      client.sendBytes(sentBytes < 4 ? Uint8Array.of(0) : Uint8Array.of(200));
    }, 5);
    const last = (await client.untilEnd()).at(-1);
    clearInterval(drip);
    expect(last).toMatchObject([1, 0, false, { code: "SLOW_FRAME", details: { timeoutMs: 300 } }]);
    expect(sentBytes).toBeGreaterThan(4);
  });
});
