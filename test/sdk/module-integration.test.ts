import { map, take } from "ix/asynciterable/operators";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost, type TestHost, type TestHostOptions } from "../../src/testing/index.js";
import { until } from "../kit/host-until.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { Recorder } from "../kit/ipc-recorder.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { blockFrame, startScriptedHost } from "./scripted-host.js";

const block = (height: number) => ({ ...exampleEvent("NewBlock"), height });

async function connected(
  host: TestHost,
  capabilities?: ("subscribe_events" | "publish_events" | "discover_modules")[],
): Promise<ModuleIntegration> {
  return ModuleIntegration.connect(
    await host.door("mine", capabilities === undefined ? {} : { capabilities }),
  );
}

async function withModule(
  run: (module: ModuleIntegration, host: TestHost) => Promise<void>,
  options: TestHostOptions = {},
): Promise<void> {
  await using host = await startTestHost(options);
  await using module = await connected(host);
  await run(module, host);
}

describe("ModuleIntegration", () => {
  it("acknowledges an event only after its handler's promise settled", () =>
    withModule(async (module, host) => {
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const begun = new Recorder<number>("begun handler");
      module.on("NewBlock", ({ payload }) => {
        begun.push(payload.height);
        return held;
      });
      await module.subscribeEvents(["NewBlock"]);
      host.publish("NewBlock", block(1));
      await begun.nth(1);
      await module.nodeApi.subscribeEvents([]);
      expect(host.books("mine")).toMatchObject({ delivered: 0, in_flight: 1 });
      release();
      await host.settled("mine");
      expect(host.books("mine")).toMatchObject({ delivered: 1, in_flight: 0 });
    }));

  it("logs what a handler throws with its event, counts it, and goes on", async () => {
    const log = recordingLog();
    await withModule(
      async (module, host) => {
        const seen: number[] = [];
        module.on("NewBlock", async ({ payload }) => {
          seen.push(payload.height);
          if (payload.height < 3) throw new Error(`no block ${payload.height}`);
        });
        await module.subscribeEvents(["NewBlock"]);
        const seqs = [1, 2, 3].map((height) => host.publish("NewBlock", block(height)));
        await host.settled("mine");
        expect(seen).toEqual([1, 2, 3]);
        expect(module.handlerErrors).toBe(2);
        expect(host.books("mine")).toMatchObject({ delivered: 3 });
        await until("both errors are logged", () => log.messages().length >= 2);
        const [first] = log.lines.filter(({ message }) => message === "a handler failed");
        expect(first?.level).toBe("error");
        expect(first?.fields.fields).toMatchObject({
          seq: seqs[0],
          type: "NewBlock",
          error: { message: "no block 1" },
          handler_errors: 1,
        });
      },
      { log },
    );
  });

  it("counts a subscriber that throws, whose process lives on", () =>
    withModule(async (module, host) => {
      const seen: number[] = [];
      module.events$("NewBlock", "ChainReorg").subscribe(() => {
        throw new Error("thrown by a subscriber");
      });
      module.events$("NewBlock").subscribe(({ payload }) => seen.push(payload.height));
      await module.subscribeEvents(["NewBlock", "ChainReorg"]);
      host.publish("NewBlock", block(1));
      host.publish("ChainReorg", exampleEvent("ChainReorg"));
      host.publish("NewBlock", block(2));
      await host.settled("mine");
      await until("both errors are counted", () => module.handlerErrors >= 2);
      expect(seen).toEqual([1, 2]);
    }));

  it("acknowledges as far as its slowest consumer", () =>
    withModule(async (module, host) => {
      const seen = new Recorder<number>("handled block");
      module.on("NewBlock", ({ payload }) => seen.push(payload.height));
      const deliveries = module.deliveries()[Symbol.asyncIterator]();
      const first = deliveries.next();
      await module.subscribeEvents(["NewBlock"]);
      for (const height of [1, 2, 3]) host.publish("NewBlock", block(height));
      await first;
      await seen.nth(3);
      await deliveries.next();
      await until("one event is acknowledged", () => host.books("mine")?.delivered === 1);
      expect(host.books("mine")).toMatchObject({ delivered: 1, in_flight: 2 });
      await deliveries.return?.();
      await host.settled("mine");
      expect(host.books("mine")).toMatchObject({ delivered: 3 });
    }));

  it("iterates over events and gaps in order, as an ix AsyncIterable", () =>
    withModule(
      async (module, host) => {
        const order: string[] = [];
        const named = module.deliveries().pipe(
          map((d) => (d.kind === "event" ? `block ${d.event.seq}` : `gap of ${d.gap.count}`)),
          take(3),
        );
        await module.subscribeEvents(["NewBlock"]);
        const first = host.publish("NewBlock", block(1));
        const second = host.publish("NewBlock", block(2));
        host.publish("NewBlock", block(3));
        host.publish("NewBlock", block(4));
        for await (const name of named) order.push(name);
        expect(order[0]).toBe(`block ${first}`);
        expect(order).toContain(`block ${second}`);
        expect(order.at(-1)).toMatch(/^gap of [12]$/);
      },
      { delivery: { capacity: 1, window: 1 } },
    ));

  it("holds events back until a consumer is attached", () =>
    withModule(async (module, host) => {
      await module.subscribeEvents(["NewBlock"]);
      host.publish("NewBlock", block(1));
      await module.nodeApi.subscribeEvents([]);
      expect(host.books("mine")).toMatchObject({ in_flight: 1 });
      const seen = new Recorder<number>("handled block");
      module.on("NewBlock", ({ payload }) => seen.push(payload.height));
      expect(await seen.nth(1)).toBe(1);
    }));

  it("refuses a type that doesn't exist and names the nearest", () =>
    withModule(async (module) => {
      const typo = "NewBlok" as "NewBlock";
      expect(() => module.on(typo, () => {})).toThrow(
        expect.objectContaining({ code: "UNKNOWN_EVENT_TYPE", message: expect.stringContaining("NewBlock") }),
      );
      expect(() => module.events$(typo)).toThrow("NewBlok");
    }));

  it("gets no more of a type that it unsubscribed from", () =>
    withModule(async (module, host) => {
      module.on("NewBlock", () => {});
      await module.subscribeEvents(["NewBlock"]);
      await module.unsubscribeEvents(["NewBlock"]);
      host.publish("NewBlock", block(1));
      expect(host.books("mine")).toMatchObject({ matched: 0 });
    }));

  it("refuses to publish what is larger than the host takes, and stays connected", async () => {
    await using host = await startTestHost({ ipc: { max_frame_bytes: 1024 } });
    await using module = await connected(host, ["subscribe_events", "publish_events"]);
    const payload = { ...exampleEvent("WebhookSent"), webhook_url: "x".repeat(5000) };
    await expect(module.publishEvent("WebhookSent", payload)).rejects.toMatchObject({
      code: "FRAME_TOO_LARGE",
      details: { limitBytes: 1024 },
    });
    await module.publishEvent("WebhookSent", exampleEvent("WebhookSent"));
  });

  it("starts no further handler once one of them closed it", () =>
    withModule(async (module, host) => {
      const seen: number[] = [];
      await module.subscribeEvents(["NewBlock"]);
      for (const height of [1, 2, 3]) host.publish("NewBlock", block(height));
      await module.nodeApi.subscribeEvents([]);
      module.on("NewBlock", async ({ payload }) => {
        seen.push(payload.height);
        await module.close();
      });
      await withDeadline(module.closed, "the end of the module");
      await until("the events are booked", () => host.books("mine")?.failed_closed === 3);
      expect(seen).toEqual([1]);
    }));

  it("completes its Observables and its loops at close, which await using calls", async () => {
    await using host = await startTestHost();
    const ends: string[] = [];
    let looping: Promise<void> = Promise.resolve();
    {
      await using module = await connected(host);
      module.events$("NewBlock").subscribe({ complete: () => ends.push("Observable") });
      looping = (async () => {
        for await (const _ of module.deliveries());
        ends.push("loop");
      })();
      await module.subscribeEvents(["NewBlock"]);
    }
    await withDeadline(looping, "the end of the loop");
    expect(ends).toEqual(["Observable", "loop"]);
  });

  it("finishes its events and runs its stop handlers before it answers a stop", () =>
    withModule(async (module, host) => {
      const order: string[] = [];
      module.on("NewBlock", async ({ payload }) => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`block ${payload.height}`);
      });
      module.onStop(async ({ reason, remainingMs }) => {
        order.push(`${reason}, time left: ${remainingMs() > 0}`);
      });
      await module.subscribeEvents(["NewBlock"]);
      for (const height of [1, 2]) host.publish("NewBlock", block(height));
      await host.stop("mine", { timeoutMs: 20_000 });
      expect(order).toEqual(["block 1", "block 2", "shutdown, time left: true"]);
      expect(await withDeadline(module.closed, "the end")).toMatchObject({
        reason: "the host asked it to stop",
      });
      expect(host.books("mine")).toMatchObject({ delivered: 2, fate_unknown: 0 });
    }));
});

describe("ModuleIntegration after a reconnect", () => {
  async function lostAndBack(subscribeFirst: boolean) {
    const host = await startScriptedHost();
    const connecting = ModuleIntegration.connect(host.door);
    const { client: first } = await host.greet(1);
    const module = await connecting;
    if (subscribeFirst) {
      const subscribing = module.subscribeEvents(["NewBlock", "ChainReorg"]);
      const [, id] = await first.next();
      first.send(1, id, true, null);
      await subscribing;
    }
    return { host, module, first };
  }

  it("subscribes anew to what it was subscribed to, and stays connected", async () => {
    const { host, module, first } = await lostAndBack(true);
    await using _host = host;
    await using _module = module;
    first.socket.end();
    const { client: second } = await host.greet(2);
    const [kind, id, type, payload] = await second.next();
    expect([kind, type, payload]).toEqual([
      0,
      "SubscribeEvents",
      { event_types: ["NewBlock", "ChainReorg"] },
    ]);
    second.send(1, id, true, null);
    const seen = new Recorder<number>("event");
    module.on("NewBlock", ({ seq }) => seen.push(seq));
    second.sendBytes(blockFrame(5));
    expect(await seen.nth(1)).toBe(5);
  });

  it("subscribes to nothing that the module itself never asked for", async () => {
    const { host, module, first } = await lostAndBack(false);
    await using _host = host;
    await using _module = module;
    const back = new Recorder<unknown>("reconnect");
    module.client.reconnected$.subscribe(back.push);
    first.socket.end();
    const { client: second } = await host.greet(2);
    await back.nth(1);
    const tip = module.nodeApi.getBlockHeight();
    const [, id, type] = await second.next();
    expect(type).toBe("GetBlockHeight");
    second.send(1, id, true, 7);
    expect(await tip).toBe(7);
  });

  it("tries again when the connection is lost while it subscribes anew", async () => {
    const { host, module, first } = await lostAndBack(true);
    await using _host = host;
    await using _module = module;
    first.socket.end();
    const { client: second } = await host.greet(2);
    expect((await second.next())[2]).toBe("SubscribeEvents");
    second.socket.end();
    const { client: third } = await host.greet(3);
    expect((await third.next())[2]).toBe("SubscribeEvents");
  });

  it("closes when the host refuses to subscribe it anew", async () => {
    const { host, module, first } = await lostAndBack(true);
    await using _host = host;
    first.socket.end();
    const { client: second } = await host.greet(2);
    const [, id] = await second.next();
    second.send(1, id, false, { code: "PERMISSION_DENIED", message: "no more", retryable: false });
    expect(await withDeadline(module.closed, "the end")).toEqual({ reason: "registering anew failed" });
    const [[kind, level, , message, , fields] = []] = await second.untilEnd();
    expect([kind, level, message]).toEqual([3, "error", "registering anew after a reconnect failed"]);
    expect(fields).toMatchObject({ error: { message: "no more" } });
  });

  it("neither acknowledges an event of the lost connection nor steps over one of the new", async () => {
    const { host, module, first } = await lostAndBack(true);
    await using _host = host;
    await using _module = module;
    const begun = new Recorder<number>("begun event");
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    module.on("NewBlock", ({ seq }) => {
      begun.push(seq);
      return seq === 1 ? held : undefined;
    });
    first.sendBytes(blockFrame(1));
    await begun.nth(1);
    first.socket.end();
    const { client: second } = await host.greet(2);
    const [, id] = await second.next();
    second.send(1, id, true, null);
    second.sendBytes(blockFrame(9));
    const answered = module.nodeApi.getBlockHeight();
    const [, request] = await second.next();
    second.send(1, request, true, 7);
    await answered;
    release();
    expect(await begun.nth(2)).toBe(9);
    expect(await second.next()).toEqual([7, 9]);
  });
});
