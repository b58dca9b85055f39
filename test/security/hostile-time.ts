import { expect } from "vitest";
import { frame, pack } from "../kit/ipc-bytes.js";
import type { WireClient } from "../kit/ipc-wire-client.js";
import { type HostileRow, row } from "./hostile-row.js";
import { playScene } from "./scene.js";

/** Long enough for each of the times below to run out. */
const BLOCKED_MS = 700;
const TIMEOUT_MS = 400;

/** Keeps this process, host and clients, from doing anything else, as a long computation would. */
function blockLoop(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
}

const handshake = row("H83", "a handshake that lies unread while the host is blocked", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open({ ipc: { handshake_timeout_ms: TIMEOUT_MS } });
    const client = await scene.enter(module);
    const token = door === "path" ? { token: module.endpoint.token } : {};
    const bytes = frame(pack([0, 1, "Handshake", module.handshake(token)]));
    client.sendBytes(bytes.subarray(0, 10));
    // Once another connection is greeted, the first bytes were read and the clock runs.
    await (await scene.host.open("other")).connect();
    client.sendBytes(bytes.subarray(10));
    blockLoop();
    await client.answer(1);
    expect(module.turnedAway.items).toEqual([]);
  }),
);

const halfFrame = row("H83", "the rest of a frame that lies unread while the host is blocked", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open({ ipc: { frame_timeout_ms: TIMEOUT_MS, heartbeat_ms: 60_000 } });
    const client = await scene.connect(module);
    const request = frame(pack([0, 5, "GetChainTip", {}]));
    client.request(6, "GetChainTip");
    client.sendBytes(request.subarray(0, 10));
    await client.answer(6);
    client.sendBytes(request.subarray(10));
    blockLoop();
    await client.answer(5);
    expect(module.closed.items).toEqual([]);
  }),
);

async function untilNextPings(client: WireClient): Promise<void> {
  await client.untilPings(client.pings + 2);
}

const pongs = row("H83", "pongs that lie unread while the host is blocked", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open({ ipc: { heartbeat_ms: 100 } });
    const client = await scene.connect(module);
    await client.untilPings(1);
    client.send(9, 1);
    blockLoop();
    await untilNextPings(client);
    expect(scene.host.log.messages().filter((line) => line.includes("unresponsive"))).toEqual([]);
    expect(module.closed.items).toEqual([]);
  }),
);

/** The host is the slow one, and blames nobody. */
export const timeRows: readonly HostileRow[] = [handshake, halfFrame, pongs];
