import { expect } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { IncomingRequest } from "../../src/ipc/index.js";
import { defaultCapabilities } from "../../src/manifest/index.js";
import { concat, frame, pack } from "../kit/ipc-bytes.js";
import { Recorder } from "../kit/ipc-recorder.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import type { WireClient } from "../kit/ipc-wire-client.js";
import { type HostileRow, row } from "./hostile-row.js";
import { rowSize } from "./row-size.js";
import { playScene } from "./scene.js";

const FIRST_ID = 10;
const MIB = 1024 * 1024;
const REQUESTS = rowSize(20_000, 2000);
const PUBLISHES = rowSize(5000, 1000);
const PINGS = rowSize(10_000, 1000);

/** So many requests in one write, with ids that count up. */
function flood(count: number, type: string, payload: object = {}, firstId = FIRST_ID): Uint8Array {
  const requests = Array.from({ length: count }, (_, n) => frame(pack([0, firstId + n, type, payload])));
  return concat(...requests);
}

const openRequests = row("H17", "requests without end before the first answer", (door) => {
  const served = new Recorder<IncomingRequest>("served request");
  return playScene(door, { probe: served.push }, async (scene) => {
    const module = await scene.open({ ipc: { requests_per_second: 0 } });
    const client = await scene.greet(module);
    client.sendBytes(flood(REQUESTS, "Probe"));
    for (let n = 0; n < REQUESTS - 64; n++) expect((await client.next())[2]).toBe(false);
    expect(new Set(client.refusals.map(({ code }) => code))).toEqual(new Set(["TOO_MANY_REQUESTS"]));
    expect(client.refusals.every(({ retryable }) => retryable)).toBe(true);
    expect(served.items).toHaveLength(64);
    for (const request of served.items) request.answer(null);
    await client.answer(FIRST_ID + 63);
    expect(module.closed.items).toEqual([]);
  });
});

/** Sends requests and reads nothing, until the host has had enough or 2 MiB were sent. */
async function floodUnread(client: WireClient, isOver: () => boolean): Promise<void> {
  client.socket.pause();
  let sentBytes = 0;
  for (let id = FIRST_ID; !isOver() && sentBytes < 2 * MIB; id += 1000) {
    const bytes = flood(1000, "Unknown", {}, id);
    client.sendBytes(bytes);
    sentBytes += bytes.length;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const unreadAnswers = row("H17", "requests whose answers are never read", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open({ ipc: { requests_per_second: 0 } });
    const client = await scene.connect(module);
    await floodUnread(client, () => module.closed.items.length > 0);
    const { error } = await module.closed.nth(1);
    expect(error).toMatchObject({
      code: "UNREAD_ANSWERS",
      retryable: false,
      details: { limitBytes: 4 * MIB },
    });
    // The client reads no more, so that it is told in vain: the host's log has the same text.
    expectThreeParts(error?.message ?? "");
    expect(scene.host.bus.books.getDeliveryStats("hostile")).toMatchObject({ matched: 1, failed_closed: 1 });
  }),
);

const duplicateId = row("H18", "one request id five times at once", (door) => {
  const served = new Recorder<IncomingRequest>("served request");
  return playScene(door, { probe: served.push }, async (scene) => {
    const module = await scene.open();
    const client = await scene.greet(module);
    for (let n = 0; n < 5; n++) client.request(5, "Probe", { n });
    for (let n = 0; n < 4; n++) expect((await client.refusal(5)).code).toBe("DUPLICATE_ID");
    expect(served.items.map(({ payload }) => payload)).toEqual([{ n: 0 }]);
    served.items[0]?.answer("the first");
    expect(await client.answer(5)).toBe("the first");
    expect(module.closed.items).toEqual([]);
  });
});

const publishStorm = row("H25", "a storm of publishes", (door) =>
  playScene(door, {}, async (scene) => {
    const { host } = scene;
    const module = await scene.open({ capabilities: [...defaultCapabilities, "publish_events"] });
    const startMs = performance.now();
    const client = await scene.greet(module);
    const seqBefore = host.bus.lastSeq;
    client.sendBytes(
      flood(PUBLISHES, "PublishEvent", {
        event_type: "PaymentSettled",
        payload: exampleEvent("PaymentSettled"),
      }),
    );
    let published = 0;
    for (let n = 0; n < PUBLISHES; n++) if ((await client.next())[2] === true) published++;
    const seconds = Math.ceil((performance.now() - startMs) / 1000);
    expect(published).toBeGreaterThanOrEqual(100);
    expect(published).toBeLessThanOrEqual(100 * (seconds + 1));
    expect(host.bus.lastSeq).toBe(seqBefore + published);
    for (const refusal of client.refusals) {
      expect(refusal).toMatchObject({ code: "RATE_LIMITED", retryable: true, details: { limit: 100 } });
    }
    expect(host.refused.items).toHaveLength(PUBLISHES - published);
    expect(module.closed.items).toEqual([]);
  }),
);

const pings = row("H17", "a storm of pings", (door) =>
  playScene(door, {}, async (scene) => {
    const module = await scene.open();
    const client = await scene.greet(module);
    client.sendBytes(concat(...Array.from({ length: PINGS }, (_, nonce) => frame(pack([8, nonce])))));
    for (let nonce = 0; nonce < PINGS; nonce++) expect(await client.next()).toEqual([9, nonce]);
  }),
);

/** More than a host wants to serve. */
export const floodRows: readonly HostileRow[] = [
  openRequests,
  unreadAnswers,
  duplicateId,
  publishStorm,
  pings,
];
