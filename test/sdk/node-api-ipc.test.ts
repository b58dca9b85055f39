import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { createNodeApiIpc } from "../../src/sdk/node-api-ipc.js";

function scripted(answer: unknown) {
  const calls: unknown[][] = [];
  const api = createNodeApiIpc({
    request: (...call) => {
      calls.push(call);
      return Promise.resolve(answer);
    },
  });
  return { api, calls };
}

const hash = "0f".repeat(32);

describe("NodeApiIpc", () => {
  it("sends each call as its request with the fields of the protocol", async () => {
    const options = { timeoutMs: 5 };
    const { api, calls } = scripted(null);
    await api.subscribeEvents(["NewBlock"], options);
    await api.unsubscribeEvents(["NewBlock"], options);
    await api.publishEvent("WebhookSent", exampleEvent("WebhookSent"), options);
    expect(calls).toEqual([
      ["SubscribeEvents", { event_types: ["NewBlock"] }, options],
      ["UnsubscribeEvents", { event_types: ["NewBlock"] }, options],
      ["PublishEvent", { event_type: "WebhookSent", payload: exampleEvent("WebhookSent") }, options],
    ]);
  });

  it("reads the answers to queries", async () => {
    expect(await scripted(hash).api.getChainTip()).toBe(hash);
    expect(await scripted(840_000).api.getBlockHeight()).toBe(840_000);
    const info = { tip_hash: hash, height: 1, difficulty: 1.5, chain_work: hash, is_synced: true };
    expect(await scripted({ ...info, later: "field" }).api.getChainInfo()).toEqual(info);
    const running = {
      module_name: "a",
      module_id: "a_1",
      version: "1.0.0",
      capabilities: [],
      api_version: 1,
    };
    const modules = [
      { ...running, status: "Running" },
      { ...running, status: { Error: "it crashed" } },
    ];
    expect(await scripted(modules).api.discoverModules()).toEqual(modules);
  });

  it("rejects an answer that is not what the protocol says", async () => {
    await expect(scripted("0xff").api.getChainTip()).rejects.toThrow();
    await expect(scripted("7").api.getBlockHeight()).rejects.toThrow();
    await expect(scripted({}).api.getChainInfo()).rejects.toThrow();
    await expect(scripted(null).api.discoverModules()).rejects.toThrow();
  });
});
