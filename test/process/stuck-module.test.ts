import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isProcessStopped } from "../../src/supervisor/is-process-stopped.js";
import { pidOf, startManager } from "../kit/host-manager.js";
import { expectBalance, until } from "../kit/host-until.js";
import { gone } from "../kit/process-watch.js";

const silence = "module is unresponsive: it sent nothing for five heartbeats";
const quickBeat = { heartbeat_ms: 50 };

describe("a module process that spins", () => {
  it("is reported as unresponsive and left alone, and costs the others nothing", async () => {
    await using host = await startManager({ ipc: quickBeat, stopTimeoutMs: 50, killTimeoutMs: 50 });
    await host.run("spinner", "spinner");
    await host.run("worker", "recorder");
    host.publishMany(1);
    await until("it is reported", () => host.log.messages().includes(silence));
    const [line] = host.log.lines.filter(({ message }) => message === silence);
    expect(line).toMatchObject({ level: "warn", fields: { module: "spinner" } });
    host.publishMany(100);
    await until("the worker has them all", () => host.stats("worker").delivered === 101);
    expect(await host.manager.listModules()).toContainEqual(
      expect.objectContaining({ name: "spinner", state: "Running" }),
    );
    expect(host.log.messages().filter((message) => message === silence)).toHaveLength(1);
  });

  it("is killed with its own children when it is unloaded", async () => {
    await using host = await startManager({ stopTimeoutMs: 100, killTimeoutMs: 100 });
    await host.run("spinner", "spinner");
    const pid = pidOf(host, "spinner");
    const childPid = Number(await readFile(join(host.dataDir, "spinner", "child.pid"), "utf8"));
    host.publishMany(3);
    await until("it spins", () => host.log.messages().includes("spins"));
    await host.manager.unloadModule("spinner");
    await Promise.all([gone(pid, 5000), gone(childPid, 5000)]);
    expect(host.stats("spinner")).toMatchObject({ matched: 3, in_flight: 0, waiting: 0 });
    expectBalance(host.stats("spinner"));
  });
});

describe("a module process that is stopped by a signal", () => {
  it("is reported once when it falls silent and once when it answers again", async () => {
    await using host = await startManager({ ipc: quickBeat });
    await host.run("sleeper", "recorder");
    const pid = pidOf(host, "sleeper");
    process.kill(pid, "SIGSTOP");
    await until("it is reported", () => host.log.messages().includes(silence));
    process.kill(pid, "SIGCONT");
    await until("it answers", () => host.log.messages().includes("module answers again"));
    expect(host.log.messages().filter((message) => message === silence)).toHaveLength(1);
    const [seq] = host.publishMany(1);
    await until("it receives", () => host.stats("sleeper").delivered === 1);
    expect((await host.recording("sleeper")).seqs).toEqual([seq]);
  });

  it("is killed when it is unloaded, for it can hear neither stop nor SIGTERM", async () => {
    await using host = await startManager({ stopTimeoutMs: 100, killTimeoutMs: 100 });
    await host.run("sleeper", "recorder");
    const pid = pidOf(host, "sleeper");
    process.kill(pid, "SIGSTOP");
    await until("it is stopped", () => isProcessStopped(pid));
    host.publishMany(300);
    await host.manager.unloadModule("sleeper");
    await gone(pid, 5000);
    expect(host.stats("sleeper")).toMatchObject({
      matched: 300,
      delivered: 0,
      failed_closed: 300,
      fate_unknown: 256,
    });
  });
});
