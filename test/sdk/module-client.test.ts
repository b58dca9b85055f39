import type { SchedulerLike, Subscription } from "rxjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { type ClientEnd, ModuleClient, ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost } from "../../src/testing/index.js";
import { concat, frame, header, pack } from "../kit/ipc-bytes.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { Recorder } from "../kit/ipc-recorder.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";
import { blockFrame, SCRIPTED_ACK, startScriptedHost } from "./scripted-host.js";

const identity = { moduleId: "probe_0", moduleName: "probe", version: "1.0.0" };

afterEach(() => vi.unstubAllEnvs());

function endOf(client: { closed: Promise<ClientEnd> }): Promise<ClientEnd> {
  return withDeadline(client.closed, "the end of the client");
}

describe("ModuleClient.connect", () => {
  it.each([
    ["module id", "MODULE_ID", { ...identity, moduleId: "" }],
    ["module name", "MODULE_NAME", { ...identity, moduleName: "" }],
    ["version", "MODULE_CONFIG_VERSION", { moduleId: "probe_0", moduleName: "probe" }],
  ])("refuses to start without a %s", async (missing, variable, options) => {
    const refusal: unknown = await ModuleClient.connect(options).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "NO_IDENTITY", details: { missing, variable } });
    expectThreeParts((refusal as Error).message);
  });

  it("refuses to start without a way to the host", async () => {
    await expect(ModuleIntegration.connect(identity)).rejects.toMatchObject({ code: "NO_DOOR" });
  });

  it("reads identity, path and token from the environment", async () => {
    await using host = await startTestHost();
    const { env } = await host.door("from-env", { config: { greeting: "hello" } });
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await using client = await ModuleClient.connect();
    expect(client.context).toMatchObject({
      module_id: env.MODULE_ID,
      module_name: "from-env",
      data_dir: env.DATA_DIR,
      socket_path: env.SOCKET_PATH,
      config: { greeting: "hello", version: "0.1.0" },
    });
  });

  it("prefers its options over the environment", async () => {
    await using host = await startTestHost();
    const door = await host.door("from-options");
    vi.stubEnv("BLVM_IPC_FD", "3");
    vi.stubEnv("BLVM_IPC_TOKEN", "wrong");
    vi.stubEnv("MODULE_ID", "other_1");
    vi.stubEnv("SOCKET_PATH", "/nowhere/node.sock");
    await using client = await ModuleClient.connect(door);
    expect(client.context).toMatchObject({ module_id: door.moduleId, socket_path: door.socketPath });
    expect(client.handshake).toMatchObject({ window: 1024, features: ["ack", "gap", "filter", "timing"] });
  });

  it("asks for the features that it is told to", async () => {
    await using host = await startTestHost();
    await using client = await ModuleClient.connect({ ...(await host.door("plain")), features: ["ack"] });
    expect(client.handshake.features).toEqual(["ack"]);
  });

  it("rejects with the host's refusal of the handshake", async () => {
    await using host = await startTestHost();
    const attempt = (name: string, changes: object) =>
      host.door(name).then((door) => ModuleClient.connect({ ...door, ...changes }));
    await expect(attempt("one", { token: "wrong" })).rejects.toMatchObject({ code: "BAD_TOKEN" });
    await expect(attempt("two", { version: "9.9.9" })).rejects.toMatchObject({ code: "IDENTITY_MISMATCH" });
  });

  it("rejects when nobody listens, and may be tried again", async () => {
    await expect(
      ModuleClient.connect({ ...identity, socketPath: "/nowhere/node.sock", token: "t" }),
    ).rejects.toMatchObject({ code: "CONNECTION_CLOSED", retryable: true });
  });

  it("rejects when the host goes before it answers", async () => {
    await using host = await startScriptedHost();
    const attempt = ModuleClient.connect(host.door);
    (await host.connections.nth(1)).socket.end();
    await expect(attempt).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  it("rejects when the connection breaks in the same moment as the handshake succeeds", async () => {
    await using host = await startScriptedHost();
    const attempt = ModuleClient.connect(host.door);
    const connection = await host.connections.nth(1);
    const [, id] = await connection.next();
    connection.sendBytes(concat(frame(pack([1, id, true, SCRIPTED_ACK])), header(0)));
    await expect(attempt).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});

describe("ModuleClient", () => {
  it("requests by name, hands on deliveries raw, and acknowledges by hand", async () => {
    await using host = await startTestHost();
    await using client = await ModuleClient.connect(await host.door("raw"));
    const deliveries = new Recorder<object>("delivery");
    client.deliveries$.subscribe(deliveries.push);
    await client.request("SubscribeEvents", { event_types: ["NewBlock"] });
    const seq = host.publish("NewBlock", exampleEvent("NewBlock"));
    expect(await deliveries.nth(1)).toMatchObject({
      kind: "event",
      event: { seq, type: "NewBlock", payload: exampleEvent("NewBlock"), source: "node" },
    });
    expect(host.books("raw")).toMatchObject({ delivered: 0, in_flight: 1 });
    client.acknowledge(seq);
    await host.settled("raw");
    await expect(client.request("Dance")).rejects.toMatchObject({ code: "UNKNOWN_REQUEST" });
  });

  it("gives up a request at its deadline and at its signal, and goes on", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleClient.connect(host.door);
    const { client: wire } = await host.greet(1);
    await using client = await connecting;
    const late = client.request("GetChainTip", {}, { timeoutMs: 20 });
    await expect(late).rejects.toMatchObject({ code: "DEADLINE" });
    const abort = new AbortController();
    const given = client.request("GetChainTip", {}, { signal: abort.signal });
    abort.abort(new Error("changed my mind"));
    await expect(given).rejects.toThrow("changed my mind");
    const third = client.request("GetBlockHeight");
    const ids = [(await wire.next())[1], (await wire.next())[1], (await wire.next())[1]];
    wire.send(1, ids[2], true, 7);
    wire.send(1, ids[0], true, "late");
    expect(await third).toBe(7);
  });

  it("refuses what it wasn't told to serve", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleIntegration.connect(host.door);
    const { client: wire } = await host.greet(1);
    await using module = await connecting;
    wire.send(4, 1, "health", {});
    expect(await wire.next()).toMatchObject([
      5,
      1,
      false,
      { code: "NOT_SUPPORTED", details: { invocation: "health" } },
    ]);
    expect(module.handlerErrors).toBe(0);
  });

  it("stops when it is asked to in one breath with the handshake's answer", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleIntegration.connect(host.door);
    const wire = await host.connections.nth(1);
    const [, id] = await wire.next();
    const stop = [4, 1, "stop", { reason: "shutdown", deadline_ms: 5000 }];
    wire.sendBytes(concat(frame(pack([1, id, true, SCRIPTED_ACK])), frame(pack(stop))));
    await connecting;
    expect(await wire.next()).toEqual([5, 1, true, null]);
  });

  it("tells of its end once, fails later requests, and may be closed twice", async () => {
    await using host = await startTestHost();
    const client = await ModuleClient.connect(await host.door("closing"));
    let completes = 0;
    client.deliveries$.subscribe({ complete: () => completes++ });
    const open = client.request("GetChainTip");
    const failed = expect(open).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    await client.close("done here");
    await client.close("again");
    await failed;
    expect(await endOf(client)).toEqual({ reason: "done here" });
    expect(completes).toBe(1);
    await expect(client.request("GetChainTip")).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(client.log("info", "t", "unheard")).toBe(false);
  });

  it("ends with the host's own word when it closed over a fault", async () => {
    await using host = await startTestHost();
    const client = await ModuleClient.connect(await host.door("faulty"));
    client.acknowledge(1000);
    expect(await endOf(client)).toMatchObject({ error: { code: "PROTOCOL_ERROR" } });
  });
});

describe("ModuleClient that lost its connection", () => {
  it("comes back with the resume token of the last answer", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleClient.connect(host.door);
    const first = await host.greet(1);
    await using client = await connecting;
    const lost = new Recorder<string>("loss");
    const back = new Recorder<unknown>("reconnect");
    client.disconnected$.subscribe(lost.push);
    client.reconnected$.subscribe(back.push);
    first.client.socket.end();
    await lost.nth(1);
    await expect(client.request("GetChainTip")).rejects.toMatchObject({ retryable: true });
    const second = await host.greet(2, { window: 9 });
    expect(await back.nth(1)).toMatchObject({ window: 9 });
    second.client.socket.end();
    const third = await host.greet(3);
    expect([first, second, third].map(({ handshake }) => (handshake as { token: string }).token)).toEqual([
      "first token",
      "resume 1",
      "resume 2",
    ]);
  });

  it("stays away when it was told to, or when the host refuses it", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleClient.connect({ ...host.door, reconnect: false });
    (await host.greet(1)).client.socket.end();
    expect(await endOf(await connecting)).toEqual({ reason: "the host closed the connection" });

    const again = ModuleClient.connect(host.door);
    (await host.greet(2)).client.socket.end();
    const client = await again;
    const visitor = await host.connections.nth(3);
    const [, id] = await visitor.next();
    visitor.send(1, id, false, { code: "BAD_TOKEN", message: "no", retryable: false });
    expect(await endOf(client)).toMatchObject({ error: { code: "BAD_TOKEN" } });
  });

  it("gives up after a minute of attempts", async () => {
    await using host = await startScriptedHost();
    const clock = virtualClock();
    const connecting = ModuleClient.connect({ ...host.door, scheduler: clock.scheduler });
    const { client: wire } = await host.greet(1);
    const client = await connecting;
    const lost = new Recorder<string>("loss");
    client.disconnected$.subscribe(lost.push);
    await host.stopListening();
    wire.socket.end();
    await lost.nth(1);
    const end = endOf(client);
    let isOver = false;
    void client.closed.then(() => {
      isOver = true;
    });
    while (!isOver) {
      clock.advanceMs(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await end).toMatchObject({ error: { code: "CONNECTION_CLOSED" } });
    expect(clock.nowMs).toBeGreaterThan(60_000);
    expect(clock.nowMs).toBeLessThan(200_000);
  });

  it("closes at once between two attempts and holds no timer afterwards", async () => {
    await using host = await startScriptedHost();
    const clock = virtualClock();
    const timers: Subscription[] = [];
    const schedule = (...args: Parameters<SchedulerLike["schedule"]>) => {
      const timer = clock.scheduler.schedule(...args);
      timers.push(timer);
      return timer;
    };
    const scheduler = { now: () => clock.nowMs, schedule: schedule as SchedulerLike["schedule"] };
    const connecting = ModuleClient.connect({ ...host.door, scheduler });
    const { client: wire } = await host.greet(1);
    const client = await connecting;
    const lost = new Recorder<string>("loss");
    client.disconnected$.subscribe(lost.push);
    wire.socket.end();
    await lost.nth(1);
    expect(timers.filter(({ closed }) => !closed)).toHaveLength(1);
    await client.close("enough");
    expect(timers.filter(({ closed }) => !closed)).toEqual([]);
    expect(await endOf(client)).toEqual({ reason: "enough" });
    clock.advanceMs(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(host.connections.items).toHaveLength(1);
  });

  it("closes while an attempt is under way, whose connection it drops", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleClient.connect(host.door);
    (await host.greet(1)).client.socket.end();
    const client = await connecting;
    const back: unknown[] = [];
    client.reconnected$.subscribe((ack) => back.push(ack));
    const visitor = await host.connections.nth(2);
    await visitor.next();
    await client.close("enough");
    visitor.send(1, 1, true, SCRIPTED_ACK);
    await visitor.untilEnd();
    expect(await endOf(client)).toEqual({ reason: "enough" });
    expect(back).toEqual([]);
  });
});

describe("ModuleIntegration.subscribeEvents", () => {
  it("resolves before anything is dispatched, also when all comes in one packet", async () => {
    await using host = await startScriptedHost();
    const connecting = ModuleIntegration.connect(host.door);
    const { client: wire } = await host.greet(1);
    await using module = await connecting;
    const order: string[] = [];
    const seen = new Recorder<number>("dispatched event");
    module.on("NewBlock", ({ seq }) => {
      order.push(`block ${seq}`);
      seen.push(seq);
    });
    const pulled = new Recorder<number>("pulled event");
    const pulling = (async () => {
      for await (const delivery of module.deliveries()) {
        order.push("pulled");
        if (delivery.kind === "event") pulled.push(delivery.event.seq);
      }
    })();
    const subscribing = module.subscribeEvents(["NewBlock"]).then(() => order.push("subscribed"));
    const [, id] = await wire.next();
    wire.sendBytes(concat(frame(pack([1, id, true, null])), blockFrame(1)));
    await subscribing;
    await seen.nth(1);
    await pulled.nth(1);
    expect(order[0]).toBe("subscribed");
    await module.close();
    await pulling;
  });
});
