import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { firstValueFrom, timeout } from "rxjs";
import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost, type TestHost } from "../../src/testing/index.js";
import { until } from "../kit/host-until.js";
import { type ScriptedBlock, scriptedBlocks, unsentTransaction } from "../kit/scripted-chain.js";
import { ScriptedSource, scriptedPeers } from "../kit/scripted-source.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const block = (height: number) => ({ ...exampleEvent("NewBlock"), height });

async function connectTo(host: TestHost, name = "my-module"): Promise<ModuleIntegration> {
  return ModuleIntegration.connect(await host.door(name));
}

describe("startTestHost", () => {
  it("delivers what the test publishes to a module in the same process", async () => {
    await using host = await startTestHost();
    await using module = await connectTo(host);
    const heights: number[] = [];
    module.on("NewBlock", async ({ payload }) => {
      await Promise.resolve();
      heights.push(payload.height);
    });
    await module.subscribeEvents(["NewBlock"]);
    for (const height of [1, 2, 3]) host.publish("NewBlock", block(height));
    await host.settled("my-module");
    expect(heights).toEqual([1, 2, 3]);
    expect(host.books("my-module")).toMatchObject({ matched: 3, delivered: 3, in_flight: 0 });
  });

  it("loses events of a module that falls behind, and tells it where", async () => {
    await using host = await startTestHost({ delivery: { capacity: 1, window: 1 } });
    await using module = await connectTo(host);
    const seen: string[] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    module.on("NewBlock", async ({ payload }) => {
      seen.push(`block ${payload.height}`);
      if (payload.height === 1) await held;
    });
    module.onGap(({ count, reason }) => seen.push(`${count} lost: ${reason}`));
    await module.subscribeEvents(["NewBlock"]);
    host.publish("NewBlock", block(1));
    await until("the handler is at work", () => seen.length === 1);
    for (const height of [2, 3, 4]) host.publish("NewBlock", block(height));
    release();
    await host.settled("my-module");
    await until("the gap has arrived", () => seen.length === 3);
    expect(seen).toEqual(["block 1", "block 2", "2 lost: channel_full"]);
    expect(host.books("my-module")).toMatchObject({ matched: 4, delivered: 2, dropped_full: 2 });
  });

  it("filters in the host what the module's expression refuses", async () => {
    await using host = await startTestHost();
    await using module = await connectTo(host);
    const heights: number[] = [];
    module.on("NewBlock", ({ payload }) => heights.push(payload.height));
    module.onGap(() => heights.push(Number.NaN));
    await module.subscribeEvents({ NewBlock: "event.payload.height % 2.0 == 0.0", ModuleUnloaded: true });
    for (const height of [1, 2, 3, 4]) host.publish("NewBlock", block(height));
    await host.settled("my-module");
    expect(heights).toEqual([2, 4]);
    expect(host.books("my-module")).toMatchObject({ matched: 4, delivered: 2, filtered: 2 });
    await expect(module.subscribeEvents({ ChainReorg: "event.payload.dept > 1.0" })).rejects.toMatchObject({
      code: "FILTER_INVALID",
      details: { type: "ChainReorg" },
    });
  });

  it("shows what a module publishes, when its manifest would allow it", async () => {
    await using host = await startTestHost();
    const door = await host.door("hooks", { capabilities: ["subscribe_events", "publish_events"] });
    await using module = await ModuleIntegration.connect(door);
    const published = firstValueFrom(host.events$("WebhookSent").pipe(timeout(20_000)));
    await module.publishEvent("WebhookSent", exampleEvent("WebhookSent"));
    expect(await published).toMatchObject({ source: "module:hooks", payload: exampleEvent("WebhookSent") });
  });

  it("refuses what a manifest without a list doesn't allow", async () => {
    await using host = await startTestHost();
    await using module = await connectTo(host);
    const attempt = module.publishEvent("WebhookSent", exampleEvent("WebhookSent"));
    await expect(attempt).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("answers queries of the chain from where the test put it", async () => {
    await using host = await startTestHost();
    await using module = await connectTo(host);
    await expect(module.nodeApi.getChainTip()).rejects.toMatchObject({ code: "NOT_AVAILABLE" });
    host.setTip({ hash: "ab".repeat(32), heightBlocks: 840_000 });
    expect(await module.nodeApi.getChainTip()).toBe("ab".repeat(32));
    expect(await module.nodeApi.getBlockHeight()).toBe(840_000);
  });

  it("answers from the queries that the test scripts, block and transaction by their bytes", async () => {
    const [, , { block, bytes }] = scriptedBlocks as [ScriptedBlock, ScriptedBlock, ScriptedBlock];
    const { queries } = ScriptedSource.played();
    await using host = await startTestHost({ queries });
    const door = await host.door("my-module", {
      capabilities: ["read_blockchain", "read_network", "send_transactions", "submit_block"],
    });
    await using module = await ModuleIntegration.connect(door);
    const { nodeApi } = module;
    const raw = (await nodeApi.getRawBlock(block.hash)) as Uint8Array;
    expect(Buffer.compare(raw, bytes)).toBe(0);
    const parsed = await nodeApi.getBlock(block.hash);
    expect(parsed?.transactions).toHaveLength(block.transactions.length);
    expect(parsed?.header.merkle_root).toBe(block.header.merkleRoot);
    expect(await nodeApi.getBlockByHeight(3)).toBeUndefined();
    // Service bits above 2^53 survive the wire.
    expect(await nodeApi.getNetworkPeers()).toEqual(scriptedPeers);
    expect(await nodeApi.sendTransaction(unsentTransaction.bytes)).toBe(unsentTransaction.transaction.txid);
    expect(await nodeApi.submitBlock(Uint8Array.of(1))).toEqual({ Rejected: expect.any(String) });
    await expect(nodeApi.sendTransaction(Uint8Array.of(1))).rejects.toMatchObject({
      code: "BAD_TRANSACTION",
    });
    await expect(nodeApi.getFeeEstimate(1)).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("says of a query that the test doesn't script that it is not available", async () => {
    await using host = await startTestHost({ queries: { blockHashAt: async () => undefined } });
    await using module = await connectTo(host);
    expect(await module.nodeApi.getBlockByHeight(1)).toBeUndefined();
    await expect(module.nodeApi.getBlock("ab".repeat(32))).rejects.toMatchObject({
      code: "NOT_AVAILABLE",
      details: { source: "test" },
    });
  });

  it("tells modules of each other in load order", async () => {
    await using host = await startTestHost();
    await using first = await connectTo(host, "first");
    await first.subscribeEvents([]);
    await host.loaded("first");
    await using second = await connectTo(host, "second");
    const names: string[] = [];
    second.on("ModuleLoaded", ({ payload }) => names.push(payload.module_name));
    await second.subscribeEvents(["ModuleLoaded"]);
    await host.settled("second");
    expect(names).toEqual(["first", "second"]);
  });

  it("asks a module to stop as a host does", async () => {
    await using host = await startTestHost();
    await using module = await connectTo(host);
    const said: string[] = [];
    module.onStop(() => {
      said.push("stopping");
    });
    await module.subscribeEvents(["NewBlock"]);
    await host.stop("my-module");
    await module.closed;
    expect(said).toEqual(["stopping"]);
  });

  it("serves a module in a process of its own through its environment, and filters for it", async () => {
    await using host = await startTestHost();
    const { env } = await host.door("child", { config: { greeting: "hello" } });
    const program = `
      import { ModuleIntegration } from "blvm-streams/sdk";
      const module = await ModuleIntegration.connect();
      module.on("NewBlock", ({ payload }) => {
        process.stdout.write(module.context.config.greeting + " " + payload.height);
        void module.close();
      });
      await module.subscribeEvents({ NewBlock: "event.payload.height > 5.0" });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: root,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    const exited = once(child, "close");
    try {
      await host.loaded("child", { timeoutMs: 25_000 });
      host.publish("NewBlock", block(3));
      host.publish("NewBlock", block(7));
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
    expect(output).toBe("hello 7");
    expect(host.books("child")).toMatchObject({ matched: 2, filtered: 1 });
  }, 60_000);

  it("takes a second door of a name for a new load", async () => {
    await using host = await startTestHost();
    await using before = await ModuleIntegration.connect({ ...(await host.door("again")), reconnect: false });
    await before.subscribeEvents(["NewBlock"]);
    await host.loaded("again");
    await using after = await connectTo(host, "again");
    await before.closed;
    await after.subscribeEvents(["NewBlock"]);
    await host.loaded("again");
    host.publish("NewBlock", block(1));
    await until("the new load has the event", () => host.books("again")?.in_flight === 1);
    after.on("NewBlock", () => {});
    await host.settled("again");
    expect(host.books("again")).toMatchObject({ matched: 1, delivered: 1 });
  });

  it("says how far a module got when it is waited for in vain", async () => {
    await using host = await startTestHost();
    const soon = { timeoutMs: 20 };
    await expect(host.loaded("nobody", soon)).rejects.toMatchObject({
      code: "NOT_YET",
      details: { found: "it was never given a door" },
    });
    await using module = await connectTo(host);
    await expect(host.loaded("my-module", soon)).rejects.toMatchObject({
      code: "NOT_YET",
      details: { awaited: "loaded", found: "it is subscribed to nothing, 0 events wait, 0 are in flight" },
    });
    await module.subscribeEvents(["NewBlock"]);
    host.publish("NewBlock", block(1));
    await expect(host.settled("my-module", soon)).rejects.toMatchObject({
      code: "NOT_YET",
      details: { found: "it is subscribed to NewBlock, 0 events wait, 1 are in flight" },
    });
    await module.close();
    await until("the connection is closed", () => host.books("my-module")?.failed_closed === 1);
    await expect(host.settled("my-module", soon)).rejects.toMatchObject({
      details: { found: "it is not connected" },
    });
    await expect(host.stop("my-module", soon)).rejects.toMatchObject({ code: "NOT_YET" });
  });

  it("lets a module close itself from inside its handler", async () => {
    await using host = await startTestHost();
    await using module = await connectTo(host);
    module.on("NewBlock", () => module.close());
    await module.subscribeEvents(["NewBlock"]);
    host.publish("NewBlock", block(1));
    await module.closed;
    await until("the connection is closed", () => host.books("my-module")?.failed_closed === 1);
    expect(host.books("my-module")).toMatchObject({ matched: 1, fate_unknown: 1 });
  });

  it("refuses a name that no module can have", async () => {
    await using host = await startTestHost();
    await expect(host.door("../escape")).rejects.toBeInstanceOf(TypeError);
  });

  it("leaves nothing behind at its close, which may be called twice", async () => {
    const host = await startTestHost();
    const door = await host.door("my-module");
    await using module = await ModuleIntegration.connect({ ...door, reconnect: false });
    await module.subscribeEvents(["NewBlock"]);
    await host.close();
    await host.close();
    await module.closed;
    await expect(access(dirname(dirname(door.socketPath)))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
