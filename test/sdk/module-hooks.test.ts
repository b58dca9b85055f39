import { describe, expect, it } from "vitest";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost } from "../../src/testing/index.js";
import { startScriptedHost } from "./scripted-host.js";

describe("onHook", () => {
  it("answers other modules in the node's stead until it is taken back", async () => {
    await using host = await startTestHost();
    const may = { capabilities: ["register_module_api" as const] };
    await using fees = await ModuleIntegration.connect(await host.door("fees", may));
    await using reader = await ModuleIntegration.connect(
      await host.door("reader", { capabilities: ["read_mempool"] }),
    );
    const takeBack = await fees.onHook("get_fee_estimate_cached", ({ target_blocks }) => target_blocks * 2);
    const stats = { transaction_count: 1, size_bytes: 2, total_fee_sats: 3 };
    await fees.onHook("get_mempool_stats_cached", async () => stats);
    expect(await reader.nodeApi.getFeeEstimate(6)).toBe(12);
    expect(await reader.nodeApi.getMempoolSize()).toEqual(stats);
    await takeBack();
    await takeBack();
    await expect(reader.nodeApi.getFeeEstimate(6)).rejects.toMatchObject({ code: "NOT_AVAILABLE" });
  });

  it("lets the node answer when the handler has nothing or throws, which is counted", async () => {
    await using host = await startTestHost();
    const both = { capabilities: ["register_module_api" as const, "read_mempool" as const] };
    await using fees = await ModuleIntegration.connect(await host.door("fees", both));
    await using reader = await ModuleIntegration.connect(await host.door("reader", both));
    await fees.onHook("get_fee_estimate_cached", ({ target_blocks }) => {
      if (target_blocks > 5) throw new Error("too far");
      return undefined;
    });
    for (const target of [1, 6]) {
      await expect(reader.nodeApi.getFeeEstimate(target)).rejects.toMatchObject({ code: "NOT_AVAILABLE" });
    }
    expect(fees.handlerErrors).toBe(1);
  });

  it("registers anew after a reconnect, and serves no hook that it never had", async () => {
    await using host = await startScriptedHost();
    const [{ client: first }, module] = await Promise.all([
      host.greet(1),
      ModuleIntegration.connect(host.door),
    ]);
    await using _module = module;
    const adding = module.onHook("get_fee_estimate_cached", () => 3);
    const [, id, type, payload] = await first.next();
    expect([type, payload]).toEqual(["RegisterHook", { hook: "get_fee_estimate_cached" }]);
    first.send(1, id, true, null);
    await adding;
    first.socket.end();
    const { client: second } = await host.greet(2);
    expect((await second.next()).slice(2)).toEqual([type, payload]);
    second.send(4, 1, "hook", { hook: "get_fee_estimate_cached", args: { target_blocks: 1 } });
    expect(await second.next()).toEqual([5, 1, true, 3]);
    second.send(4, 2, "hook", { hook: "get_mempool_stats_cached", args: {} });
    expect(await second.next()).toMatchObject([5, 2, false, { code: "NOT_SUPPORTED" }]);
  });
});
