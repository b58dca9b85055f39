import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ModuleIntegration } from "../../src/sdk/index.js";
import type { WireClient, WireMessage } from "../kit/ipc-wire-client.js";
import { startScriptedHost } from "./scripted-host.js";

const SLOW = { code: "RATE_LIMITED", message: "slow", details: { retry_after_ms: 1 }, retryable: true };

/** Answers requests by their type until one of the last type was answered; returns the types in order. */
async function answerUntil(
  client: WireClient,
  last: string,
  answer: (type: string, payload: unknown) => unknown = () => null,
): Promise<string[]> {
  const types: string[] = [];
  for (;;) {
    const [kind, id, type, payload]: WireMessage = await client.next();
    if (kind !== 0) continue;
    types.push(String(type));
    const outcome = answer(String(type), payload);
    client.send(1, id, outcome !== SLOW, outcome);
    if (type === last && outcome !== SLOW) return types;
  }
}

describe("a module that comes back", () => {
  it("registers all that it had once, and waits where the node asks it to slow down", async () => {
    await using host = await startScriptedHost();
    const [{ client: first }, module] = await Promise.all([
      host.greet(1),
      ModuleIntegration.connect(host.door),
    ]);
    await using _module = module;
    const spec = { name: "probe", about: "probes", subcommands: [{ name: "go", args: [] }] };
    const adding = Promise.all([
      module.onCall("echo", z.unknown(), (value) => value),
      module.onRpc("probe_one", z.unknown(), () => 1),
      module.onRpc("probe_two", z.unknown(), () => 2),
      module.onCli(spec, { go: () => "" }),
      module.onHook("get_fee_estimate_cached", () => 3),
      module.onTimer(60_000, () => {}),
      module.subscribeEvents(["NewBlock"]),
    ]);
    const numbered = (type: string) =>
      type === "RegisterTimer" ? 1 : type === "RegisterCliSpec" ? true : null;
    await answerUntil(first, "SubscribeEvents", numbered);
    await adding;
    first.socket.end();
    const { client: second } = await host.greet(2);
    const refused = new Set<string>();
    const types = await answerUntil(second, "RegisterTimer", (type, payload) => {
      const key = JSON.stringify([type, payload]);
      if (refused.has(key)) return numbered(type);
      refused.add(key);
      return SLOW;
    });
    const all = [
      "RegisterModuleApi",
      "RegisterRpcEndpoint",
      "RegisterRpcEndpoint",
      "RegisterCliSpec",
      "SubscribeEvents",
      "RegisterHook",
      "RegisterTimer",
    ];
    // Each was refused once and then taken.
    expect(types).toEqual(all.flatMap((type) => [type, type]));
  });

  it("subscribes with the filters that it had, the first one of each type", async () => {
    await using host = await startScriptedHost();
    const [{ client: first }, module] = await Promise.all([
      host.greet(1),
      ModuleIntegration.connect(host.door),
    ]);
    await using _module = module;
    const asked: unknown[] = [];
    const note = (_type: string, payload: unknown) => {
      asked.push(payload);
      return null;
    };
    const isHigh = "event.payload.height > 5.0";
    for (const selection of [{ NewBlock: isHigh, ChainReorg: true }, ["NewBlock"]] as const) {
      const done = module.subscribeEvents(selection);
      await answerUntil(first, "SubscribeEvents", note);
      await done;
    }
    first.socket.end();
    const { client: second } = await host.greet(2);
    await answerUntil(second, "SubscribeEvents", note);
    const filtered = { event_types: ["NewBlock", "ChainReorg"], filters: { NewBlock: isHigh } };
    expect(asked).toEqual([filtered, { event_types: ["NewBlock"] }, filtered]);
  });

  it("registers a method once that is offered in the moment of the reconnect", async () => {
    await using host = await startScriptedHost();
    const [{ client: first }, module] = await Promise.all([
      host.greet(1),
      ModuleIntegration.connect(host.door),
    ]);
    await using _module = module;
    const adding = module.onRpc("probe_one", z.unknown(), () => 1);
    await answerUntil(first, "RegisterRpcEndpoint");
    await adding;
    let later: Promise<unknown> = Promise.resolve();
    module.client.reconnected$.subscribe(() => {
      later = module
        .onRpc("probe_two", z.unknown(), () => 2)
        .then(() => module.onHook("get_fee_estimate_cached", () => 3));
    });
    first.socket.end();
    const { client: second } = await host.greet(2);
    const methods: unknown[] = [];
    await answerUntil(second, "RegisterHook", (type, payload) => {
      if (type === "RegisterRpcEndpoint") methods.push((payload as { method: string }).method);
      return null;
    });
    await later;
    expect(methods.toSorted()).toEqual(["probe_one", "probe_two"]);
  });

  it("stays when a task is over before the cancelling of its renewal has arrived", async () => {
    await using host = await startScriptedHost();
    const [{ client: first }, module] = await Promise.all([
      host.greet(1),
      ModuleIntegration.connect(host.door),
    ]);
    await using _module = module;
    const adding = module.schedule(60_000, () => {});
    await answerUntil(first, "ScheduleTask", () => 1);
    const cancel = await adding;
    first.socket.end();
    const { client: second } = await host.greet(2);
    const [, id] = await second.next();
    await cancel();
    second.send(1, id, true, 7);
    const [, cancelId, type] = await second.next();
    expect(type).toBe("CancelTimer");
    second.send(1, cancelId, false, { code: "UNKNOWN_TIMER", message: "done", retryable: false });
    for (let n = 0; n < 2; n++) {
      const subscribing = module.nodeApi.subscribeEvents([]);
      await answerUntil(second, "SubscribeEvents");
      await subscribing;
    }
  });

  it("registers no hook anew that was taken back while there was no connection", async () => {
    await using host = await startScriptedHost();
    const [{ client: first }, module] = await Promise.all([
      host.greet(1),
      ModuleIntegration.connect(host.door),
    ]);
    await using _module = module;
    const adding = module.onHook("get_fee_estimate_cached", () => 3);
    await answerUntil(first, "RegisterHook");
    const takeBack = await adding;
    const lost = new Promise<void>((resolve) => module.client.disconnected$.subscribe(() => resolve()));
    first.socket.end();
    await lost;
    await takeBack();
    const back = new Promise((resolve) => module.client.reconnected$.subscribe(resolve));
    const { client: second } = await host.greet(2);
    await back;
    const subscribing = module.nodeApi.subscribeEvents([]);
    expect(await answerUntil(second, "SubscribeEvents")).toEqual(["SubscribeEvents"]);
    await subscribing;
  });
});
