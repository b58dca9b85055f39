import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { IncomingRequest } from "../../src/ipc/index.js";
import { expectBalancedBooks } from "../kit/ipc-books.js";
import { frame, pack } from "../kit/ipc-bytes.js";
import { SCRIPTED_TIP, startIpcHost } from "../kit/ipc-host.js";
import { Recorder } from "../kit/ipc-recorder.js";

const block = () => exampleEvent("NewBlock");

describe("a conversation between host and module", () => {
  it("answers a subscription before any event of it", async () => {
    await using host = await startIpcHost();
    const module = await host.open("reader");
    const client = await module.connect();
    // Events are published all the time, also in the turn in which the subscription takes effect.
    let isOver = false;
    const publish = () => {
      host.bus.publish("NewBlock", block());
      if (!isOver) setImmediate(publish);
    };
    publish();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock", "ModuleLoaded"] });
    const first = await client.next();
    const then = [await client.next(), await client.next()];
    isOver = true;
    expect(first).toEqual([1, 2, true, null]);
    expect(then.map(([kind]) => kind)).toEqual([2, 2]);
    expect(then[0]?.[3]).toBe("ModuleLoaded");
  });

  it("sends events as the protocol writes them, in increasing seq", async () => {
    await using host = await startIpcHost();
    const module = await host.open("reader");
    const client = await module.connect();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock", "MempoolTransactionAdded"] });
    await client.answer(2);
    const seqs = [1, 2, 3].flatMap(() => [
      host.bus.publish("NewBlock", block()),
      host.bus.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded")),
    ]);
    const found = [];
    for (const _ of seqs) found.push(await client.next());
    expect(found.map(([, seq]) => seq)).toEqual(seqs);
    const [kind, , timestampMs, type, payload, source] = found[0] ?? [];
    expect([kind, type, payload, source]).toEqual([2, "NewBlock", block(), "node"]);
    expect(Number(timestampMs)).toBeGreaterThan(1.6e12);
  });

  it("counts an event as delivered when it is acknowledged, not when it is sent", async () => {
    await using host = await startIpcHost();
    const module = await host.open("reader");
    const client = await module.connect();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
    await client.answer(2);
    const seqs = [1, 2, 3].map(() => host.bus.publish("NewBlock", block()));
    for (const _ of seqs) await client.next();
    expect(host.bus.books.getDeliveryStats("reader")).toMatchObject({ delivered: 0, in_flight: 3 });
    client.send(7, seqs[1]);
    client.request(3, "GetChainTip");
    await client.answer(3);
    expect(host.bus.books.getDeliveryStats("reader")).toMatchObject({ delivered: 2, in_flight: 1 });
    client.send(7, seqs[0]);
    client.send(7, seqs[1]);
    client.request(4, "GetChainTip");
    await client.answer(4);
    expect(host.bus.books.getDeliveryStats("reader")).toMatchObject({ delivered: 2, in_flight: 1 });
    expectBalancedBooks(host.bus);
  });

  it("tells of a loss at its place, and not at all without the feature", async () => {
    await using host = await startIpcHost();
    const delivery = { capacity: 1, window: 1 };
    const clients = [];
    for (const [name, features] of [
      ["told", ["ack", "gap"]],
      ["untold", ["ack"]],
    ] as const) {
      const module = await host.open(name, { delivery });
      const client = await module.connect({ features });
      client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
      await client.answer(2);
      clients.push(client);
    }
    // One in flight, one waits, two are lost, one follows the acknowledgement.
    const seqs = [1, 2, 3, 4].map(() => host.bus.publish("NewBlock", block()));
    for (const client of clients) {
      await client.next();
      client.send(7, seqs[0]);
      client.request(3, "GetChainTip");
    }
    const [told, untold] = clients as [(typeof clients)[0], (typeof clients)[0]];
    expect((await told.next()).slice(0, 2)).toEqual([2, seqs[1]]);
    const mark = [await told.next(), await told.next()].find(([kind]) => kind === 6);
    expect(mark).toEqual([6, seqs[2], seqs[3], 2, "channel_full"]);
    expect((await untold.next()).slice(0, 2)).toEqual([2, seqs[1]]);
    expect(await untold.next()).toEqual([1, 3, true, SCRIPTED_TIP.hash]);
    expect(untold.unread).toEqual([]);
    for (const name of ["told", "untold"]) {
      expect(host.bus.books.getDeliveryStats(name)).toMatchObject({ matched: 4, dropped_full: 2 });
    }
    expectBalancedBooks(host.bus);
  });

  it("adds and removes types as sets, however often they are named", async () => {
    await using host = await startIpcHost();
    const module = await host.open("reader");
    const client = await module.connect();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock", "NewBlock"] });
    client.request(3, "SubscribeEvents", { event_types: ["NewBlock", "MempoolTransactionAdded"] });
    await client.answer(3);
    const seq = host.bus.publish("NewBlock", block());
    expect((await client.next()).slice(0, 2)).toEqual([2, seq]);
    client.request(4, "UnsubscribeEvents", { event_types: ["NewBlock", "NewBlock", "NewTransaction"] });
    await client.answer(4);
    host.bus.publish("NewBlock", block());
    const other = host.bus.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded"));
    expect((await client.next()).slice(0, 2)).toEqual([2, other]);
    expect(host.bus.getSubscribers("NewBlock")).toEqual([]);
    expect(host.bus.getSubscribers("MempoolTransactionAdded")).toEqual(["reader"]);
  });

  it("serves requests at the same time and answers them as they finish", async () => {
    const served = new Recorder<IncomingRequest>("served request");
    await using host = await startIpcHost({ serve: served.push });
    const module = await host.open("asking");
    const client = await module.connect();
    for (const id of [2, 3, 4]) client.request(id, "Probe", { id });
    await served.nth(3);
    for (const n of [2, 0, 1]) served.items[n]?.answer(n);
    const answers = [await client.next(), await client.next(), await client.next()];
    expect(answers).toEqual([
      [1, 4, true, 2],
      [1, 2, true, 0],
      [1, 3, true, 1],
    ]);
  });

  it("goes on delivering while a module asks and asks", async () => {
    await using host = await startIpcHost();
    const module = await host.open("busy", { ipc: { requests_per_second: 0 } });
    const client = await module.connect();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
    await client.answer(2);
    for (let id = 3; id < 503; id++) client.request(id, "GetBlockHeight");
    for (let n = 0; n < 50; n++) host.bus.publish("NewBlock", block());
    let events = 0;
    for (let answers = 0; answers < 500 || events < 50; ) {
      const [kind, id, ok, payload] = await client.next();
      if (kind === 2) {
        events++;
        client.send(7, id);
      } else {
        answers++;
        expect([ok, payload]).toEqual([true, SCRIPTED_TIP.heightBlocks]);
      }
    }
  });

  it("takes a frame of exactly the limit", async () => {
    await using host = await startIpcHost();
    const module = await host.open("exact", { ipc: { max_frame_bytes: 2048 } });
    const client = await module.connect();
    const body = (filler: number) => pack([0, 2, "GetChainTip", { filler: "x".repeat(filler) }]);
    const exact = body(2048 - body(1000).length + 1000);
    expect(exact).toHaveLength(2048);
    client.sendBytes(frame(exact));
    expect(await client.answer(2)).toBe(SCRIPTED_TIP.hash);
  });

  it("drops an event that can't be encoded for its readers, tells them, and goes on", async () => {
    await using host = await startIpcHost();
    const module = await host.open("reader");
    const client = await module.connect();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock", "ModuleCrashed"] });
    await client.answer(2);
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const payload of [{ height: 1n }, cycle, { message: "x".repeat(50 * 1024 * 1024) }]) {
      const lost = host.bus.publish("NewBlock", payload as unknown as ReturnType<typeof block>);
      const next = host.bus.publish("NewBlock", block());
      expect(await client.next()).toEqual([6, lost, lost, 1, "serialization"]);
      expect((await client.next()).slice(0, 2)).toEqual([2, next]);
    }
    expect(host.bus.books.getDeliveryStats("reader")).toMatchObject({ matched: 6, failed_serialization: 3 });
    expectBalancedBooks(host.bus);
  });

  it("counts what was under way as failed when the module goes, and keeps the books", async () => {
    await using host = await startIpcHost();
    const module = await host.open("dying", { delivery: { capacity: 10, window: 4 } });
    const client = await module.connect();
    client.request(2, "SubscribeEvents", { event_types: ["NewBlock"] });
    await client.answer(2);
    for (let n = 0; n < 20; n++) host.bus.publish("NewBlock", block());
    client.socket.destroy();
    await module.closed.nth(1);
    expect(host.bus.books.getDeliveryStats("dying")).toMatchObject({
      matched: 20,
      dropped_full: 6,
      failed_closed: 14,
      fate_unknown: 4,
      waiting: 0,
      in_flight: 0,
    });
    expectBalancedBooks(host.bus);
  });
});
