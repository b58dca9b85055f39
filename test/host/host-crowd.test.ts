import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Host } from "../../src/host.js";
import { BodyWriter } from "../../src/ipc/body-writer.js";
import { modulesOptions } from "../../src/supervisor/options.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder, publishMany, statsOf } from "../kit/host-whole.js";
import { isGone } from "../kit/process-watch.js";
import { timeLimitMs } from "../kit/time-limit.js";

const added = "MempoolTransactionAdded";
const names = Array.from({ length: 20 }, (_, n) => `module-${n}`);

describe("a host of twenty modules, half of which ignore stop and SIGTERM", () => {
  let folder: HostFolder;
  let host: Host;

  beforeAll(async () => {
    folder = await hostFolder();
    for (const [n, name] of names.entries()) {
      await folder.install(name, n % 2 === 0 ? "recorder" : "stubborn");
    }
    const { shutdown_ack_ms, stop_timeout_ms, kill_timeout_ms } = modulesOptions.parse({});
    host = folder.host({ modules: { shutdown_ack_ms, stop_timeout_ms, kill_timeout_ms } });
    await host.start();
  }, 60_000);

  afterAll(() => folder[Symbol.asyncDispose]());

  it("encodes each event once for all of them", async () => {
    expect(host.delivery.getSubscribers(added)).toHaveLength(20);
    const write = vi.spyOn(BodyWriter.prototype, "writeEvent");
    const seqs = publishMany(host, added, 30);
    await until("all of them have all", () => names.every((name) => statsOf(host, name).delivered === 30));
    const encoded = write.mock.calls
      .map(([, , event]) => event)
      .filter(({ type }) => type === added)
      .map(({ seq }) => seq);
    write.mockRestore();
    expect(encoded).toEqual(seqs);
  });

  it("encodes nothing that nobody wants", () => {
    const write = vi.spyOn(BodyWriter.prototype, "writeEvent");
    publishMany(host, "NewBlock", 5);
    expect(write.mock.calls.filter(([, , { type }]) => type === "NewBlock")).toEqual([]);
    write.mockRestore();
  });

  it("is gone in under nine seconds, every process of it", async () => {
    const pids = [...host.modules.instances].map(({ pid }) => pid as number);
    expect(pids).toHaveLength(20);
    const startMs = performance.now();
    await host.close();
    // One shared deadline of eight seconds, not one for each module.
    expect(performance.now() - startMs).toBeLessThan(timeLimitMs(9000));
    expect(pids.filter((pid) => !isGone(pid))).toEqual([]);
    for (const name of names.filter((_, n) => n % 2 === 0)) {
      expect((await folder.recording(name)).stops).toEqual(["shutdown"]);
    }
    const killed = folder.log
      .messages()
      .filter((text) => text.includes("ignored the stop request and SIGTERM"));
    expect(killed).toHaveLength(10);
  });
});
