import { once } from "node:events";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it, vi } from "vitest";
import { PageFeed } from "../../../src/http/page/page-feed.js";
import type { PageHello, PageTick } from "../../../src/http/page/page-messages.js";
import { openFeed } from "../read-feed.js";
import { startServer } from "../start-server.js";
import { type FakePage, fakePage, reading } from "./fake-page.js";

/** A response that keeps what it is sent, as far as the feed needs one. */
function reader() {
  const texts: string[] = [];
  const listeners = new Map<string, () => void>();
  return {
    texts,
    writableLength: 0,
    isDestroyed: false,
    write(text: string) {
      texts.push(text);
      return true;
    },
    end() {},
    on() {},
    once(event: string, listener: () => void) {
      listeners.set(event, listener);
    },
    destroy() {
      this.isDestroyed = true;
      listeners.get("close")?.();
    },
    ticks(): PageTick[] {
      return texts.filter((text) => text.startsWith("event: tick\n")).map(dataOf<PageTick>);
    },
    hello(): PageHello {
      return dataOf<PageHello>(texts[0] ?? "");
    },
  };
}

function dataOf<Data>(text: string): Data {
  return JSON.parse(text.slice(text.indexOf("data: ") + 6));
}

type Reader = ReturnType<typeof reader>;

function startFeed(page: FakePage) {
  const scheduler = new VirtualTimeScheduler();
  const feed = new PageFeed({
    source: page.source,
    scheduler,
    pageId: "page",
    wallClockMs: () => 1_000_000 + scheduler.frame,
  });
  return {
    feed,
    add: (response: Reader) => feed.add(response as unknown as Parameters<PageFeed["add"]>[0]),
    /** Lets virtual time pass. */
    pass(ms: number) {
      scheduler.maxFrames = scheduler.frame + ms;
      // The scheduler stops at the first task that lies beyond.
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
  };
}

describe("PageFeed", () => {
  it("shows all events of a quiet bus, with their fates, a second later", async () => {
    await using page = await fakePage();
    const { add, pass } = startFeed(page);
    page.lastSeq = 10;
    page.readings = [reading("fast", { delivered: 10 }), reading("deaf")];
    const one = reader();
    add(one);
    expect(one.hello()).toMatchObject({ tick_ms: 200, max_events: 12 });
    expect(one.hello().categories.NewBlock).toBe("Core Blockchain");
    page.lastSeq = 13;
    page.readings = [reading("fast", { delivered: 13 }), reading("deaf")];
    page.fate = (module) => (module === "fast" ? "delivered" : "not_subscribed");
    pass(1_000);
    expect(one.ticks()).toEqual([]);
    pass(200);
    expect(one.ticks()).toEqual([
      {
        at_ms: 1_000_200,
        published: 3,
        last_seq: 13,
        events: [11, 12, 13].map((seq) => [seq, "MempoolTransactionAdded", seq]),
        lanes: {
          fast: { ...counts({ delivered: 3 }), fates: [11, 12, 13].map((seq) => [seq, "delivered"]) },
        },
        late: {},
      },
    ]);
  });

  it("names its host and its page, and tells nothing of modules of which there is nothing to tell", async () => {
    await using page = await fakePage();
    page.readings = [reading("gone", { delivered: 4, dropped: 9 }), reading("here")];
    const { add, pass } = startFeed(page);
    const [one, another] = [reader(), reader()];
    add(one);
    add(another);
    expect(one.hello().page_id).toBe("page");
    expect(one.hello().host_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(another.hello()).toEqual(one.hello());
    page.lastSeq = 1;
    page.fate = (module) => (module === "gone" ? "not_subscribed" : "delivered");
    page.readings = [reading("gone", { delivered: 4, dropped: 9 }), reading("here", { delivered: 1 })];
    pass(1_200);
    expect(Object.keys(one.ticks()[0]?.lanes ?? {})).toEqual(["here"]);
  });

  it("samples a busy bus, says so, and hides no loss by it", async () => {
    await using page = await fakePage();
    const { add, pass } = startFeed(page);
    page.readings = [reading("slow")];
    const one = reader();
    add(one);
    page.lastSeq = 2_000;
    page.typeOfEvent = (seq) => (seq === 1_234 ? "NewBlock" : "MempoolTransactionAdded");
    page.readings = [reading("slow", { delivered: 100, dropped: 1_890, failed: 3, filtered: 7, gaps: 2 })];
    pass(1_200);
    const [tick] = one.ticks();
    expect(tick).toMatchObject({
      published: 2_000,
      lanes: { slow: counts({ delivered: 100, dropped: 1_890, failed: 3, filtered: 7, gaps: 2 }) },
    });
    expect(tick?.events).toHaveLength(12);
    expect(tick?.events.map(([seq]) => seq)).toContain(1_234);
    expect(tick?.lanes.slow?.fates).toHaveLength(12);
  });

  it("spends none of the sample on events that no module wants", async () => {
    await using page = await fakePage();
    const { add, pass } = startFeed(page);
    const one = reader();
    add(one);
    page.lastSeq = 1_000;
    page.typeOfEvent = (seq) => (seq % 100 === 0 ? "NewBlock" : "PeerConnected");
    pass(1_200);
    expect(one.ticks()[0]?.events.map(([, type]) => type)).toEqual(Array(10).fill("NewBlock"));
  });

  it("tells a fate that was open as soon as it is known, and asks no longer than 20 seconds", async () => {
    await using page = await fakePage();
    const { add, pass } = startFeed(page);
    page.readings = [reading("slow")];
    page.fate = () => "in_flight";
    const one = reader();
    add(one);
    page.lastSeq = 2;
    pass(2_000);
    expect(one.ticks()[0]?.lanes.slow?.fates).toEqual([
      [1, "in_flight"],
      [2, "in_flight"],
    ]);
    page.fate = (_module, seq) => (seq === 1 ? "delivered" : "in_flight");
    pass(1_400);
    const told = one.ticks().filter(({ late }) => late.slow !== undefined);
    expect(told.map(({ late }) => late)).toEqual([{ slow: [[1, "delivered"]] }]);
    pass(25_000);
    page.fate = () => "delivered";
    const before = one.ticks().length;
    pass(5_000);
    expect(
      one
        .ticks()
        .slice(before)
        .filter(({ late }) => late.slow !== undefined),
    ).toEqual([]);
  });

  it("tells of a silent bus once a second that it lives", async () => {
    await using page = await fakePage();
    const { add, pass } = startFeed(page);
    const one = reader();
    add(one);
    pass(11_000);
    expect(one.ticks().length).toBeGreaterThanOrEqual(9);
    expect(one.ticks().length).toBeLessThanOrEqual(11);
  });

  it("asks the host nothing while nobody looks, and once for all who do", async () => {
    await using page = await fakePage();
    const { add, pass, feed } = startFeed(page);
    page.readings = [reading("fast")];
    page.lastSeq = 5_000_000;
    pass(5_000);
    expect(page.asked).toBe(0);
    const readers = [reader(), reader(), reader()];
    for (const each of readers) add(each);
    pass(3_000);
    const { asked } = page;
    expect(asked).toBeLessThanOrEqual(2 * 16);
    expect(readers[2]?.ticks()).toEqual(readers[0]?.ticks());
    // What was published before somebody looked is no news.
    expect(readers[0]?.ticks().every(({ published }) => published === 0)).toBe(true);
    for (const each of readers) each.destroy();
    expect(feed.readerCount).toBe(0);
    pass(5_000);
    expect(page.asked).toBe(asked);
  });

  it("closes a reader that does not read, and goes on for the others", async () => {
    await using page = await fakePage();
    const { add, pass, feed } = startFeed(page);
    const [slow, fast] = [reader(), reader()];
    add(slow);
    add(fast);
    slow.writableLength = 300 * 1024;
    pass(3_000);
    expect([slow.isDestroyed, fast.isDestroyed, feed.readerCount]).toEqual([true, false, 1]);
    expect(fast.ticks().length).toBeGreaterThan(0);
  });

  it("cuts a real connection that is not read before a megabyte of it is held", async () => {
    await using page = await fakePage();
    // Large names make large ticks: it is the bytes that count.
    page.readings = Array.from({ length: 400 }, (_, n) => reading(`module-${n}-${"m".repeat(2_000)}`));
    await using server = await startServer({}, undefined, undefined, page);
    using feed = await openFeed(`${server.url}/page/feed`);
    feed.response.pause();
    const publishing = setInterval(() => page.lastSeq++, 50);
    try {
      const closed = once(feed.response.socket, "close");
      feed.response.on("error", () => {});
      // The peer's buffers take some megabytes first.
      await vi.waitFor(() => expect(page.asked).toBeGreaterThan(1_000), { timeout: 10_000 });
      await vi.waitFor(
        async () => {
          const before = page.asked;
          await new Promise((resolve) => setTimeout(resolve, 450));
          expect(page.asked).toBe(before);
        },
        { timeout: 20_000 },
      );
      feed.response.resume();
      await closed;
    } finally {
      clearInterval(publishing);
    }
  });
});

function counts(some: object = {}) {
  const { module: _, ...numbers } = reading("", some);
  return numbers;
}
