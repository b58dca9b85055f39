import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { IncomingRequest } from "../../src/ipc/index.js";
import { defaultCapabilities } from "../../src/manifest/index.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { concat, frame, pack } from "../kit/ipc-bytes.js";
import { startIpcHost } from "../kit/ipc-host.js";
import { Recorder } from "../kit/ipc-recorder.js";

const requestBytes = (id: number, type: string, payload: object = {}) => frame(pack([0, id, type, payload]));
const flood = (count: number, type: string, firstId = 2) =>
  concat(...Array.from({ length: count }, (_, n) => requestBytes(firstId + n, type)));

describe("a flood", () => {
  it("H13: of connections is let in once, and the module loads through its descriptor", async () => {
    await using host = await startIpcHost();
    const module = await host.open("stormed");
    const descriptor = await module.descriptor();
    const ended = new Recorder<void>("end of a stranger's connection");
    for (let n = 0; n < 1000; n++) {
      const stranger = connect(module.endpoint.socketPath);
      stranger.resume().on("error", () => {});
      stranger.once("close", () => ended.push());
    }
    descriptor.request(1, "Handshake", module.handshake());
    await descriptor.answer(1);
    await ended.nth(1000);
    expect(module.connections.items.map(({ door }) => door)).toEqual(["fd"]);
    expect(module.turnedAway.items.length).toBeLessThanOrEqual(1);
  });

  it("H17: of requests is served 64 at a time and refused beyond", async () => {
    const served = new Recorder<IncomingRequest>("served request");
    await using host = await startIpcHost({ serve: served.push });
    const module = await host.open("flooding", { ipc: { requests_per_second: 0 } });
    const client = await module.connect();
    client.sendBytes(flood(20_000, "Probe"));
    for (let n = 0; n < 20_000 - 64; n++) {
      const [, , ok, error] = await client.next();
      expect([ok, (error as { code: string }).code]).toEqual([false, "TOO_MANY_REQUESTS"]);
    }
    expect(served.items).toHaveLength(64);
    expect(module.closed.items).toEqual([]);
  });

  it("H17: of requests whose answers nobody reads ends the connection at 4 MiB", async () => {
    await using host = await startIpcHost();
    const bystander = await host.open("bystander");
    const quiet = await bystander.connect();
    const module = await host.open("deaf", { ipc: { requests_per_second: 0 } });
    const client = await module.connect();
    client.socket.pause();
    for (let id = 2; module.closed.items.length === 0; id += 1000) {
      client.sendBytes(flood(1000, "Unknown", id));
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(module.closed.items[0]?.error).toMatchObject({ code: "UNREAD_ANSWERS", retryable: false });
    quiet.request(2, "GetChainTip");
    await quiet.answer(2);
  });

  it("H18: of one request id is refused and leaves the first request alone", async () => {
    const served = new Recorder<IncomingRequest>("served request");
    await using host = await startIpcHost({ serve: served.push });
    const module = await host.open("repeating");
    const client = await module.connect();
    for (let n = 0; n < 5; n++) client.request(2, "Probe", { n });
    for (let n = 0; n < 4; n++) expect((await client.refusal(2)).code).toBe("DUPLICATE_ID");
    expect(served.items).toHaveLength(1);
    served.items[0]?.answer("the first");
    expect(await client.answer(2)).toBe("the first");
  });

  it("H25: of publishes passes the limit's worth, and nobody loses an event for it", async () => {
    await using host = await startIpcHost();
    const reader = await host.open("reader", { delivery: { capacity: 100, window: 5000 } });
    const reading = await reader.connect();
    reading.request(2, "SubscribeEvents", { event_types: ["PaymentSettled", "NewBlock"] });
    await reading.answer(2);
    const module = await host.open("storming", { capabilities: [...defaultCapabilities, "publish_events"] });
    const client = await module.connect();
    const payload = { event_type: "PaymentSettled", payload: exampleEvent("PaymentSettled") };
    const storm = concat(
      ...Array.from({ length: 5000 }, (_, n) => requestBytes(n + 2, "PublishEvent", payload)),
    );
    const startedAtMs = performance.now();
    client.sendBytes(storm);
    let published = 0;
    for (let n = 0; n < 5000; n++) {
      const [, , ok, error] = await client.next();
      if (ok === true) published++;
      else expect(error).toMatchObject({ code: "RATE_LIMITED", retryable: true, details: { limit: 100 } });
    }
    const seconds = Math.ceil((performance.now() - startedAtMs) / 1000);
    expect(published).toBeGreaterThanOrEqual(100);
    expect(published).toBeLessThanOrEqual(100 * (seconds + 1));
    expect(host.refused.items).toHaveLength(5000 - published);
    const seq = host.bus.publish("NewBlock", exampleEvent("NewBlock"));
    for (let n = 0; n < published; n++) {
      const [, read, , type, , source] = await reading.next();
      expect([type, source]).toEqual(["PaymentSettled", "module:storming"]);
      reading.send(7, read);
    }
    expect((await reading.next()).slice(0, 2)).toEqual([2, seq]);
    expect(host.bus.books.getDeliveryStats("reader")).toMatchObject({
      matched: published + 1,
      channel_full: 0,
      failed: 0,
    });
    expectBalancedBooks(host.bus);
  });

  it("H08: of unreadable bodies in one chunk is answered twice and closed at the third", async () => {
    await using host = await startIpcHost();
    const module = await host.open("babbling");
    const client = await module.connect();
    client.sendBytes(concat(...Array.from({ length: 1000 }, () => frame(Uint8Array.of(0xc1)))));
    expect(await client.untilEnd()).toHaveLength(3);
  });

  it("of pings is answered one by one without an effect on others", async () => {
    await using host = await startIpcHost();
    const module = await host.open("pinging");
    const client = await module.connect();
    client.sendBytes(concat(...Array.from({ length: 10_000 }, (_, nonce) => frame(pack([8, nonce])))));
    for (let nonce = 0; nonce < 10_000; nonce++) expect(await client.next()).toEqual([9, nonce]);
  });
});
