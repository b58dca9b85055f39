import { monitorEventLoopDelay } from "node:perf_hooks";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import type { EventBus } from "../../src/bus/index.js";
import { eventTypes, exampleEvent } from "../../src/events/index.js";
import { createPageOffer, pageSource } from "../../src/host/page-offer.js";
import { PageFeed } from "../../src/http/page/page-feed.js";
import type { PageAnswer, PageState, PageTick } from "../../src/http/page/page-messages.js";
import { LifeBooks, type ModuleManager } from "../../src/supervisor/index.js";
import { type Feed, openFeed } from "../http/read-feed.js";
import { ask } from "../http/start-server.js";
import { until } from "../kit/host-until.js";
import { hostFolder, publishMany, statsOf } from "../kit/host-whole.js";
import { openTestPipeline, realBus } from "../kit/real-bus.js";
import { timeLimitMs } from "../kit/time-limit.js";

async function nextTick(feed: Feed, isWanted: (tick: PageTick) => boolean): Promise<PageTick> {
  for (;;) {
    const message = await feed.next();
    if (message === undefined) throw new Error("the feed ended");
    if (message.event !== "tick") continue;
    const tick = JSON.parse(message.data) as PageTick;
    if (isWanted(tick)) return tick;
  }
}

describe("the page of a host", () => {
  it("tells states, deliveries, drops and gaps as the books and explain have them", async () => {
    await using folder = await hostFolder();
    await folder.install("quick", "recorder");
    await folder.install("slow", "recorder", { config: "delay_ms = 30\n" });
    const host = folder.host({ delivery: { capacity: 5, window: 1 } });
    await host.start();
    using feed = await openFeed(`${host.httpUrl}/page/feed`);
    expect((await feed.next())?.event).toBe("hello");
    publishMany(host, "MempoolTransactionAdded", 100);
    const tick = await nextTick(feed, ({ lanes }) => (lanes.slow?.dropped ?? 0) > 0);
    await until(
      "all is settled",
      () => statsOf(host, "slow").waiting + statsOf(host, "slow").in_flight === 0,
    );
    const { slow } = tick.lanes;
    expect(slow?.dropped).toBe(statsOf(host, "slow").dropped_full);
    expect(slow?.fates.length).toBeGreaterThan(0);
    for (const [seq, fate] of slow?.fates ?? []) {
      const reply = await ask(`${host.httpUrl}/page/explain?event=${seq}&module=slow`);
      const answer = JSON.parse(reply.text) as PageAnswer;
      expect(answer).toEqual(JSON.parse(JSON.stringify(host.delivery.explain("slow", seq))));
      if (fate !== "waiting" && fate !== "in_flight") expect(answer.fate).toBe(fate);
    }
    const state = JSON.parse((await ask(`${host.httpUrl}/page/state`)).text) as PageState;
    expect(state.host.status).toBe("ok");
    expect(state.modules.map(({ name, state: is }) => [name, is])).toEqual([
      ["quick", "Running"],
      ["slow", "Running"],
    ]);
    const { matched, delivered, dropped_full } = statsOf(host, "slow");
    const shown = state.modules[1];
    expect(shown?.delivery).toMatchObject({ matched, delivered, dropped_full });
    expect(shown?.gaps_told).toBeGreaterThan(0);
    expect(JSON.stringify(state)).not.toContain(folder.path);
    const unknown = await ask(`${host.httpUrl}/page/explain?event=1&module=nobody`);
    expect(JSON.parse(unknown.text).error.code).toBe("HTTP_UNKNOWN_MODULE");
  });

  it("is told of 10,000 events a second, a second or two late, while the host's loop stays free", async () => {
    await using folder = await hostFolder();
    await folder.install("quick", "recorder", { config: 'types = "NewBlock"\n' });
    const host = folder.host();
    await host.start();
    using feed = await openFeed(`${host.httpUrl}/page/feed`);
    const payload = exampleEvent("MempoolTransactionAdded");
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const startMs = performance.now();
    let published = 0;
    const publishing = setInterval(() => {
      const due = (performance.now() - startMs) * 10;
      for (; published < due; published++) host.publish("MempoolTransactionAdded", payload);
    }, 5);
    try {
      delay.enable();
      let told = 0;
      const busy = await nextTick(feed, (tick) => {
        told += tick.published;
        return told > 25_000;
      });
      delay.disable();
      expect(Date.now() - busy.at_ms).toBeLessThan(2_500);
      expect(delay.percentile(90) / 1e6).toBeLessThan(50);
    } finally {
      clearInterval(publishing);
    }
  });

  it("costs little for twenty modules that lose events in each tick of 2,000", () => {
    const bus = realBus();
    const payload = exampleEvent("MempoolTransactionAdded");
    const pipelines = Array.from({ length: 20 }, (_, n) => {
      const { pipeline } = openTestPipeline(bus, `module-${n}`, { capacity: 1, window: 1 });
      for (const type of eventTypes.slice(0, 30)) bus.subscribe(pipeline, type);
      bus.subscribe(pipeline, "MempoolTransactionAdded");
      return pipeline;
    });
    const scheduler = new VirtualTimeScheduler();
    const feed = new PageFeed({ source: pageSource(bus), scheduler, pageId: "page" });
    const response = { writableLength: 0, write: () => true, end() {}, on() {}, once() {}, destroy() {} };
    feed.add(response as unknown as Parameters<PageFeed["add"]>[0]);
    const times = Array.from({ length: 20 }, () => {
      for (let n = 0; n < 2_000; n++) {
        const seq = bus.publish("MempoolTransactionAdded", payload);
        // Each acknowledgement lets one in: no two losses are one run.
        if (n % 4 === 0) for (const each of pipelines) each.acknowledge(Math.min(seq, each.progress.sentSeq));
      }
      const startMs = performance.now();
      scheduler.maxFrames = scheduler.frame + 200;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
      return performance.now() - startMs;
    });
    const median = times.toSorted((a, b) => a - b)[10] ?? 0;
    expect(median).toBeLessThan(25);
    feed.close();
    bus.close();
  });

  it("takes less than 10 ms of the loop to tell the state of twenty modules with thirty types each", async () => {
    const bus = realBus();
    const names = Array.from({ length: 20 }, (_, n) => `module-${n}`);
    for (const name of names) {
      const { pipeline } = openTestPipeline(bus, name);
      for (const type of eventTypes.slice(0, 30)) bus.subscribe(pipeline, type);
    }
    for (const type of eventTypes.slice(0, 30)) bus.publish(type, exampleEvent(type));
    const offer = offerOf(bus, async () => names.map((name) => listing(name)));
    const times: number[] = [];
    for (let n = 0; n < 20; n++) {
      const startMs = performance.now();
      const text = JSON.stringify(await offer.state());
      times.push(performance.now() - startMs);
      expect(text.length).toBeLessThan(100_000);
    }
    expect(times.toSorted((a, b) => a - b)[10]).toBeLessThan(timeLimitMs(10));
    bus.close();
  });

  it("explains for a module that was removed, and looks at the folders once for all who ask of unknown ones", async () => {
    const bus = realBus();
    openTestPipeline(bus, "removed").pipeline.close("removed");
    let looks = 0;
    const offer = offerOf(bus, async () => {
      looks++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return [listing("new")];
    });
    expect((await offer.explain("removed", 1))?.fate).toBe("not_published");
    expect(looks).toBe(0);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => offer.explain(n === 0 ? "new" : `unknown-${n}`, 1)),
    );
    expect(answers.map((answer) => answer?.fate).filter((fate) => fate !== undefined)).toEqual([
      "not_published",
    ]);
    expect(looks).toBe(1);
    expect(await offer.explain("unknown", 1)).toBeUndefined();
    expect(looks).toBe(2);
    bus.close();
  });
});

const listing = (name: string) =>
  ({ name, version: "1.0.0", state: "Running" }) as Awaited<ReturnType<ModuleManager["listModules"]>>[number];

function offerOf(bus: EventBus, listModules: ModuleManager["listModules"]) {
  return createPageOffer({
    bus,
    modules: { listModules },
    care: { useOf: () => ({ health: null, use: null }) },
    lives: new LifeBooks(),
    streams: { list: () => [] },
    chain: {
      status: () => ({ source: "none", connectedBlocks: 0, disconnectedBlocks: 0, reorganisations: 0 }),
    },
    sandbox: { report: undefined },
    status: () => "ok",
    upMs: () => 1,
    version: "0.1.0",
  } as unknown as Parameters<typeof createPageOffer>[0]);
}
