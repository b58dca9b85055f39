import { config as rxjsConfig } from "rxjs";
import { describe, expect, expectTypeOf, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import { type AnyEvent, type EventEnvelope, exampleEvent } from "../../src/events/index.js";
import { expectBalance, until } from "../kit/host-until.js";
import { hostFolder, publishMany, statsOf } from "../kit/host-whole.js";

const added = "MempoolTransactionAdded";

describe("createHost", () => {
  it("opens nothing before start and closes without one", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    expect(host.httpUrl).toBeUndefined();
    expect([...host.modules.instances]).toEqual([]);
    await host.close();
    await expect(host.start()).rejects.toMatchObject({ code: "MANAGER_CLOSED" });
  });

  it("refuses a configuration with an unknown key", async () => {
    await using folder = await hostFolder();
    const http = { prot: 1 } as object;
    expect(() => folder.host({ http })).toThrow(expect.objectContaining({ code: "CONFIG_UNKNOWN_KEY" }));
  });
});

describe("host.start", () => {
  it("answers the same promise each time and ends with NodeStartupCompleted", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const host = folder.host();
    const completed: AnyEvent[] = [];
    host.events$("NodeStartupCompleted").subscribe((event) => completed.push(event));
    expect(host.start()).toBe(host.start());
    await host.start();
    expect(host.modules.loadedModules.map(({ name }) => name)).toEqual(["worker"]);
    expect(completed).toHaveLength(1);
    expect(completed[0]?.payload).toMatchObject({
      components: ["modules", "http", "control", "chain:replay"],
    });
  });

  it("loads the others when one module fails", async () => {
    await using folder = await hostFolder();
    await folder.install("broken", "early-exit");
    await folder.install("worker", "recorder");
    const host = folder.host();
    await host.start();
    expect(host.modules.loadedModules.map(({ name }) => name)).toEqual(["worker"]);
    expect(folder.log.lines).toContainEqual(
      expect.objectContaining({ level: "error", fields: { module: "broken", code: "MODULE_START_FAILED" } }),
    );
  });
});

describe("host.publish", () => {
  it("returns gapless seqs that modules and subscribers see in order", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const host = folder.host();
    await host.start();
    const seen: number[] = [];
    host.events$(added).subscribe(({ seq }) => seen.push(seq));
    const seqs = publishMany(host, added, 50);
    expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] as number) + n));
    expect(seen).toEqual(seqs);
    await until("the module has them", () => statsOf(host, "worker").delivered === 50);
    expect((await folder.recording("worker")).seqs).toEqual(seqs);
  });

  it("refuses a type that the catalogue doesn't know and, once closed, every event", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    await host.start();
    expect(() => host.publish("NewBlok" as "NewBlock", exampleEvent("NewBlock"))).toThrow(
      expect.objectContaining({ code: "UNKNOWN_EVENT_TYPE" }),
    );
    await host.close();
    expect(() => host.publish("NewBlock", exampleEvent("NewBlock"))).toThrow(
      expect.objectContaining({ code: "BUS_CLOSED" }),
    );
  });
});

describe("host.events$", () => {
  it("is typed by the types that it is asked for", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    host.events$("NewBlock").subscribe((event) => {
      expectTypeOf(event).toEqualTypeOf<EventEnvelope<"NewBlock">>();
      expectTypeOf(event.payload.height).toEqualTypeOf<number>();
    });
    // @ts-expect-error no such type in the catalogue
    expect(() => host.events$("NewBlok")).toThrow(expect.objectContaining({ code: "UNKNOWN_EVENT_TYPE" }));
  });

  it("gives the types that were named and completes at close", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    await host.start();
    const seen: string[] = [];
    host.events$("NewBlock", "NodeShutdown").subscribe({
      next: ({ type }) => seen.push(type),
      complete: () => seen.push("complete"),
    });
    host.publish("NewBlock", exampleEvent("NewBlock"));
    publishMany(host, added, 3);
    await host.close();
    expect(seen).toEqual(["NewBlock", "NodeShutdown", "complete"]);
  });

  it("logs what a subscriber throws and goes on with everybody, it included", async () => {
    const before = rxjsConfig.onUnhandledError;
    rxjsConfig.onUnhandledError = null;
    try {
      await using folder = await hostFolder();
      await folder.install("worker", "recorder");
      const host = folder.host();
      await host.start();
      let calls = 0;
      const seen: number[] = [];
      host.events$(added).subscribe(() => {
        calls += 1;
        throw new Error("a fault of the subscriber");
      });
      host.events$(added).subscribe(({ seq }) => seen.push(seq));
      const seqs = publishMany(host, added, 3);
      await until("the module has all", () => statsOf(host, "worker").delivered === 3);
      expect(calls).toBe(3);
      expect(seen).toEqual(seqs);
      await until(
        "each fault is logged",
        () =>
          folder.log.messages().filter((text) => text.includes("subscriber of the host's events")).length ===
          3,
      );
    } finally {
      rxjsConfig.onUnhandledError = before;
    }
  });
});

describe("host.delivery", () => {
  it("tells who is subscribed now", async () => {
    await using folder = await hostFolder();
    await folder.install("first", "recorder");
    await folder.install("second", "recorder", { config: 'types = "NewBlock"\n' });
    const host = folder.host();
    await host.start();
    expect(host.delivery.getSubscribers(added)).toEqual(["first"]);
    expect(host.delivery.getSubscribers("NewBlock")).toEqual(["second"]);
    expect(host.delivery.getSubscribers("ChainReorg")).toEqual([]);
    await host.modules.unloadModule("first");
    expect(host.delivery.getSubscribers(added)).toEqual([]);
  });

  it("counts anew after a reset while /metrics goes on", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    const host = folder.host();
    await host.start();
    publishMany(host, added, 20);
    await until("they are delivered", () => statsOf(host, "worker").delivered === 20);
    expect(host.delivery.resetDeliveryStats("worker")).toBe(true);
    expect(statsOf(host, "worker")).toMatchObject({ matched: 0, delivered: 0, successful: 0 });
    publishMany(host, added, 5);
    await until("five more are delivered", () => statsOf(host, "worker").delivered === 5);
    expect(statsOf(host, "worker").by_type[added]).toMatchObject({ matched: 5, delivered: 5 });
    expect(Object.keys(host.delivery.getAllDeliveryStats())).toEqual(["worker"]);
    expectBalance(statsOf(host, "worker"));
    const scrape = await (await fetch(`${host.httpUrl}/metrics`)).text();
    expect(scrape).toContain(`blvm_events_delivered_total{module="worker",event_type="${added}"} 25\n`);
    expect(scrape).toContain(`blvm_events_matched_total{module="worker",event_type="${added}"} 25\n`);
  });

  it("knows nothing of a module that never connected", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    expect(host.delivery.getDeliveryStats("nobody")).toBeUndefined();
    expect(host.delivery.resetDeliveryStats("nobody")).toBe(false);
  });
});

describe("host.modules", () => {
  it("loads, lists and unloads under a running host", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    await host.start();
    await folder.install("late", "recorder");
    await host.modules.loadModule("late");
    expect(await host.modules.listModules()).toMatchObject([{ name: "late", state: "Running" }]);
    await host.modules.unloadModule("late");
    expect(await host.modules.listModules()).toMatchObject([{ name: "late", state: "Stopped", pid: null }]);
    await expect(host.modules.loadModule("later")).rejects.toSatisfy(
      (e) => errorCode(e) === "UNKNOWN_MODULE",
    );
  });
});

describe("host.close", () => {
  it("answers the same promise each time, before and after it is done", async () => {
    await using folder = await hostFolder();
    const host = folder.host();
    await host.start();
    const first = host.close();
    expect(host.close("signal")).toBe(first);
    await first;
    expect(host.close()).toBe(first);
    await host[Symbol.asyncDispose]();
  });

  it("is what the end of an await using scope does", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    let url: string | undefined;
    {
      await using host = folder.host();
      await host.start();
      url = host.httpUrl;
    }
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(folder.log.messages().at(-1)).toBe("the host is closed");
    expect((await folder.recording("worker")).stops).toEqual(["shutdown"]);
  });

  it("says in NodeShutdown why it closes", async () => {
    for (const cause of ["signal", "rpc", "error"] as const) {
      await using folder = await hostFolder();
      const host = folder.host();
      await host.start();
      const reasons: string[] = [];
      host.events$("NodeShutdown").subscribe(({ payload }) => reasons.push(payload.reason));
      await host.close(cause);
      expect(reasons).toEqual([cause]);
    }
  });
});
