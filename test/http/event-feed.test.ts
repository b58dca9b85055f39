import { once } from "node:events";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import { type AnyEvent, type EventType, exampleEvent, toJson } from "../../src/events/index.js";
import { openFeed } from "./read-feed.js";
import { ask, startServer, type TestServer } from "./start-server.js";

function event(seq: number, type: EventType = "NewBlock", extra: object = {}): AnyEvent {
  const payload = { ...exampleEvent(type), ...extra };
  return { seq, type, payload, timestamp_ms: 5, source: "node" } as unknown as AnyEvent;
}

async function subscribed(server: TestServer): Promise<void> {
  await vi.waitFor(() => {
    if (!server.events.observed) throw new Error("nobody subscribed yet");
  });
}

describe("event feed", () => {
  it("sends each event as one message with its seq as id", async () => {
    await using server = await startServer();
    using feed = await openFeed(`${server.url}/events`);
    await subscribed(server);
    expect(feed.response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    for (const each of [event(1), event(2, "PeerConnected")]) {
      server.events.next(each);
      const message = await feed.next();
      expect(message).toMatchObject({ event: "message", id: String(each.seq) });
      expect(JSON.parse(message?.data ?? "")).toEqual(JSON.parse(JSON.stringify(toJson(each))));
    }
  });

  it("sends only the types that were asked for, an alias as its successor", async () => {
    await using server = await startServer();
    using feed = await openFeed(`${server.url}/events?types=ChainReorg,StorageFlush`);
    await subscribed(server);
    server.events.next(event(1));
    server.events.next(event(2, "DataMaintenance"));
    server.events.next(event(3, "ChainReorg"));
    expect([(await feed.next())?.id, (await feed.next())?.id]).toEqual(["2", "3"]);
  });

  it("refuses an unknown type and names the nearest", async () => {
    await using server = await startServer();
    const unknown = await ask(`${server.url}/events?types=NewBlok`);
    expect([unknown.status, JSON.parse(unknown.text).error.code]).toEqual([400, "HTTP_UNKNOWN_EVENT_TYPE"]);
    expect(unknown.text).toContain("did you mean NewBlock?");
  });

  it("refuses an empty type and an unknown parameter", async () => {
    await using server = await startServer();
    for (const query of ["types=", "types=NewBlock,,", "type=NewBlock"]) {
      const reply = await ask(`${server.url}/events?${query}`);
      expect([reply.status, JSON.parse(reply.text).error.code]).toEqual([400, "HTTP_BAD_REQUEST"]);
    }
  });

  it("lets go of the bus when the last reader has left", async () => {
    await using server = await startServer();
    const feed = await openFeed(`${server.url}/events`);
    await subscribed(server);
    feed[Symbol.dispose]();
    await vi.waitFor(() => expect(server.events.observed).toBe(false));
  });

  it("says each 15 seconds that it lives", async () => {
    const scheduler = new VirtualTimeScheduler();
    await using server = await startServer({}, scheduler);
    using feed = await openFeed(`${server.url}/events`);
    await subscribed(server);
    const next = feed.next();
    scheduler.maxFrames = 30_000;
    scheduler.flush();
    server.events.next(event(1));
    await next;
    expect(feed.comments).toEqual(["connected", "alive", "alive"]);
  });

  it("drops the newest events of a reader that does not read and tells the gap in place", async () => {
    await using server = await startServer();
    using feed = await openFeed(`${server.url}/events`);
    feed.response.pause();
    await subscribed(server);
    const count = 20_000;
    const padding = "x".repeat(2_000);
    for (let seq = 1; seq <= count; seq++) server.events.next(event(seq, "PeerConnected", { addr: padding }));

    const ids: number[] = [];
    let gap: { count: number; from_seq: number; to_seq: number; reason: string } | undefined;
    while (gap === undefined) {
      const message = await feed.next();
      if (message === undefined) throw new Error("the feed ended");
      if (message.event === "gap") gap = JSON.parse(message.data);
      else ids.push(Number(message.id));
    }
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(ids.length * padding.length).toBeLessThan(16 * 1024 * 1024);
    expect(gap).toEqual({
      count: count - ids.length,
      from_seq: ids.length + 1,
      to_seq: count,
      reason: "channel_full",
    });
    server.events.next(event(count + 1));
    expect((await feed.next())?.id).toBe(String(count + 1));
  });

  it("encodes an event once for all its readers", async () => {
    await using server = await startServer();
    using one = await openFeed(`${server.url}/events`);
    using two = await openFeed(`${server.url}/events`);
    await subscribed(server);
    let reads = 0;
    const counted = event(1);
    const payload = Object.defineProperty({}, "height", { enumerable: true, get: () => ++reads });
    server.events.next({ ...counted, payload } as unknown as AnyEvent);
    expect((await one.next())?.data).toBe((await two.next())?.data);
    expect(reads).toBe(1);
  });

  it("keeps 64 feeds and answers 503 to the next", async () => {
    await using server = await startServer();
    const feeds = await Promise.all(Array.from({ length: 64 }, () => openFeed(`${server.url}/events`)));
    const refused = await ask(`${server.url}/events`);
    expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([503, "HTTP_TOO_MANY_FEEDS"]);
    for (const feed of feeds) feed[Symbol.dispose]();
    await vi.waitFor(async () => {
      using feed = await openFeed(`${server.url}/events`);
      expect(feed.status).toBe(200);
    });
  });

  it("ends when the server closes", async () => {
    const server = await startServer();
    using feed = await openFeed(`${server.url}/events`);
    await subscribed(server);
    const ended = once(feed.response.resume(), "end");
    await server.close();
    await ended;
  });
});
