import { describe, expect, it, vi } from "vitest";
import type { EventEnvelope } from "../../src/events/index.js";
import { isProcessStopped } from "../../src/supervisor/is-process-stopped.js";
import { holdings, surplusSince } from "../kit/host-leftovers.js";
import { expectBalance, until } from "../kit/host-until.js";
import { hostFolder, pidOfModule, publishMany, statsOf } from "../kit/host-whole.js";
import { gone, isGone } from "../kit/process-watch.js";

const added = "MempoolTransactionAdded";
const lastEvents = ["NodeShutdown", "DataMaintenance", "NodeShutdownCompleted"] as const;
type LastEvent = EventEnvelope<(typeof lastEvents)[number]>;
const types = `types = "${[added, ...lastEvents].join(",")}"\n`;

async function health(url: string | undefined) {
  const response = await fetch(`${url}/healthz`);
  return { code: response.status, ...((await response.json()) as { status: string; modules: object }) };
}

describe("the shutdown of a host", () => {
  it("tells a module NodeShutdown, DataMaintenance, NodeShutdownCompleted, and then to stop", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder", { config: types });
    const host = folder.host({ modules: { shutdown_ack_ms: 20_000 } });
    await host.start();
    const told: LastEvent[] = [];
    host.events$(...lastEvents).subscribe((event) => told.push(event));
    const startMs = performance.now();
    await host.close("signal");
    // Everything was acknowledged, so nobody waited for the announced time.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(told.map(({ type, payload }) => ({ type, ...payload }))).toEqual([
      { type: "NodeShutdown", reason: "signal", timeout_seconds: 25 },
      {
        type: "DataMaintenance",
        operation: "flush",
        urgency: "high",
        reason: "shutdown",
        timeout_seconds: 25,
      },
      { type: "NodeShutdownCompleted", duration_ms: expect.any(Number) },
    ]);
    const recording = await folder.recording("worker");
    expect(recording.types).toEqual(lastEvents);
    expect(recording.stops).toEqual(["shutdown"]);
    expect(statsOf(host, "worker")).toMatchObject({ delivered: 3, failed: 0, in_flight: 0, waiting: 0 });
  });

  it("gives a busy module the announced time before it is told to stop, and no more", async () => {
    await using folder = await hostFolder();
    await folder.install("busy", "recorder", { config: `delay_ms = 200\n${types}` });
    const host = folder.host({ modules: { shutdown_ack_ms: 1000, stop_timeout_ms: 20_000 } });
    await host.start();
    const told: LastEvent[] = [];
    host.events$(...lastEvents).subscribe((event) => told.push(event));
    publishMany(host, added, 9);
    await host.close();
    const [shutdown, , completed] = told;
    expect(shutdown?.payload).toMatchObject({ timeout_seconds: 21 });
    const { duration_ms: durationMs = 0 } = (completed?.payload ?? {}) as { duration_ms?: number };
    expect(durationMs).toBeGreaterThanOrEqual(1000);
    expect(durationMs).toBeLessThan(10_000);
    const stats = statsOf(host, "busy");
    expect(stats).toMatchObject({ matched: 12, waiting: 0, in_flight: 0, dropped_full: 0 });
    // Within its stop deadline it finished what it had.
    expect((await folder.recording("busy")).seqs).toHaveLength(stats.delivered);
    expect(stats).toMatchObject({ delivered: 12, fate_unknown: 0 });
    expectBalance(stats);
  });

  it("reaches every module, of which one has crashed and one is stopped by a signal", async () => {
    await using folder = await hostFolder();
    for (const name of ["crashed", "stopped", "worker"])
      await folder.install(name, "recorder", { config: types });
    const host = folder.host({ modules: { stop_timeout_ms: 200, kill_timeout_ms: 100 } });
    await host.start();
    const [crashed, stopped] = [await pidOfModule(host, "crashed"), await pidOfModule(host, "stopped")];
    process.kill(stopped, "SIGSTOP");
    await until("it is stopped", () => isProcessStopped(stopped));
    process.kill(crashed, "SIGKILL");
    await host.close();
    await gone(stopped, 5000);
    expect((await folder.recording("worker")).stops).toEqual(["shutdown"]);
    expect(statsOf(host, "crashed")).toMatchObject({ delivered: 0, waiting: 0, in_flight: 0 });
    expect(statsOf(host, "stopped")).toMatchObject({
      waiting: 0,
      in_flight: 0,
      failed_closed: 3,
      fate_unknown: 3,
    });
  });
});

describe("/healthz of a host", () => {
  it("answers 503 while starting, 200 while it runs, 503 while stopping", async () => {
    await using folder = await hostFolder();
    await folder.install("late", "mute");
    await folder.install("slow", "stubborn");
    const host = folder.host({ modules: { stop_timeout_ms: 1500, kill_timeout_ms: 500 } });
    const starting = host.start();
    const pid = await pidOfModule(host, "late");
    expect(await health(host.httpUrl)).toMatchObject({
      code: 503,
      status: "starting",
      modules: { late: "Initializing" },
    });
    process.kill(pid, "SIGKILL");
    await starting;
    expect(await health(host.httpUrl)).toMatchObject({
      code: 200,
      status: "ok",
      modules: { slow: "Running" },
    });
    const isOver = new Promise<void>((resolve) => {
      host.events$("NodeShutdownCompleted").subscribe(() => resolve());
    });
    const closing = host.close();
    await isOver;
    expect(await health(host.httpUrl)).toMatchObject({ code: 503, status: "stopping" });
    await closing;
    await expect(health(host.httpUrl)).rejects.toThrow();
  });
});

describe("a closed host", () => {
  it("holds no descriptor, socket, handle or process", async () => {
    await using folder = await hostFolder();
    await folder.install("worker", "recorder");
    await folder.install("stubborn", "stubborn");
    await folder.install("attached", "recorder");
    const before = holdings();
    const host = folder.host({
      chain: { source: "replay", events_per_second: 2000 },
      modules: { stop_timeout_ms: 200, kill_timeout_ms: 100, disabled_modules: ["attached"] },
    });
    await host.start();
    await host.modules.attachModule("attached");
    const feed = await fetch(`${host.httpUrl}/events`);
    await until("events flow", () => statsOf(host, "worker").delivered > 20);
    expect(holdings().length).toBeGreaterThan(before.length);
    await host.close();
    await feed.text().catch(() => {});
    expect(await surplusSince(before)).toEqual([]);
  });
});

describe("host.kill", () => {
  it("ends every module at once, the stubborn and the stopped ones too", async () => {
    await using folder = await hostFolder();
    await folder.install("stubborn", "stubborn");
    await folder.install("stopped", "recorder");
    const host = folder.host();
    await host.start();
    const pids = [await pidOfModule(host, "stubborn"), await pidOfModule(host, "stopped")];
    process.kill(pids[1] as number, "SIGSTOP");
    const closing = host.close();
    host.kill();
    await vi.waitFor(() => expect(pids.every(isGone)).toBe(true), { timeout: 5000, interval: 5 });
    await closing;
    expect(folder.log.messages()).not.toContain("module crashed");
  });
});
