import { describe, expect, it } from "vitest";
import { isProcessStopped } from "../../src/supervisor/is-process-stopped.js";
import { pidOf, startManager } from "../kit/host-manager.js";
import { expectBalance, range, until } from "../kit/host-until.js";

const capacity = 100;
const window = 256;

describe("a stopped module process", () => {
  it("is given capacity + window events, loses the rest, and resumes in order with one gap", async () => {
    await using host = await startManager();
    await host.run("sleeper", "recorder");
    const pid = pidOf(host, "sleeper");
    process.kill(pid, "SIGSTOP");
    await until("the module is stopped", () => isProcessStopped(pid));

    const seqs = host.publishMany(1000);
    expect(host.stats("sleeper")).toMatchObject({
      matched: 1000,
      delivered: 0,
      in_flight: window,
      waiting: capacity,
      dropped_full: 1000 - window - capacity,
    });
    expectBalance(host.stats("sleeper"));

    process.kill(pid, "SIGCONT");
    await until(
      "everything accepted is handled",
      () => host.stats("sleeper").delivered === window + capacity,
    );
    const taken = seqs.slice(0, window + capacity);
    const lost = seqs.slice(window + capacity);
    await until("the gap is told", async () => (await host.recording("sleeper")).gaps.length > 0);
    const recording = await host.recording("sleeper");
    expect(recording.seqs).toEqual(taken);
    expect(recording.order.at(-1)).toBe(`${lost[0]}-${lost.at(-1)}`);
    expect(recording.gaps).toEqual([
      { from: lost[0], to: lost.at(-1), count: lost.length, reason: "channel_full" },
    ]);
    expect(host.stats("sleeper")).toMatchObject({ waiting: 0, in_flight: 0, failed_closed: 0 });
    expectBalance(host.stats("sleeper"));
    expect(host.log.messages().filter((message) => message.includes("channel is full"))).toHaveLength(1);
  });

  it("is given exactly the limits that its own configuration names", async () => {
    await using host = await startManager({ settings: { small: { delivery: { capacity: 3, window: 5 } } } });
    await host.run("small", "recorder");
    const pid = pidOf(host, "small");
    process.kill(pid, "SIGSTOP");
    await until("the module is stopped", () => isProcessStopped(pid));
    const first = host.publishMany(50)[0] as number;
    expect(host.stats("small")).toMatchObject({ in_flight: 5, waiting: 3, dropped_full: 42 });
    process.kill(pid, "SIGCONT");
    await until("it caught up", () => host.stats("small").delivered === 8);
    const [next] = host.publishMany(1);
    await until("it receives again", () => host.stats("small").delivered === 9);
    const { order } = await host.recording("small");
    expect(order).toEqual([...range(first, first + 7).map(String), `${first + 8}-${first + 49}`, `${next}`]);
  });

  it("costs the module beside it no event", async () => {
    await using host = await startManager();
    await host.run("sleeper", "recorder");
    await host.run("worker", "recorder");
    const pid = pidOf(host, "sleeper");
    process.kill(pid, "SIGSTOP");
    await until("the module is stopped", () => isProcessStopped(pid));
    const seqs: number[] = [];
    for (let batch = 0; batch < 20; batch++) {
      seqs.push(...host.publishMany(50));
      await until("the worker keeps up", () => host.stats("worker").delivered === seqs.length);
    }
    expect((await host.recording("worker")).seqs).toEqual(seqs);
    expect(host.stats("worker")).toMatchObject({ delivered: 1000, dropped_full: 0, failed: 0 });
    expect(host.stats("sleeper").dropped_full).toBe(1000 - window - capacity);
    process.kill(pid, "SIGCONT");
  });
});

describe("a module process that reads nothing", () => {
  it("holds back its window and its channel, and nobody else", async () => {
    await using host = await startManager({ stopTimeoutMs: 100, killTimeoutMs: 100 });
    await host.run("blind", "unreading");
    await host.run("worker", "recorder");
    let published = 0;
    for (let batch = 0; batch < 10; batch++) {
      published += host.publishMany(100).length;
      await until("the worker keeps up", () => host.stats("worker").delivered === published);
    }
    expect(host.stats("blind")).toMatchObject({
      matched: 1000,
      delivered: 0,
      in_flight: window,
      waiting: capacity,
      dropped_full: 1000 - window - capacity,
    });
    expect(host.stats("worker")).toMatchObject({ delivered: 1000, dropped_full: 0 });
    expectBalance(host.stats("blind"));
  });

  it("ends with every event accounted for when it is unloaded", async () => {
    await using host = await startManager({ stopTimeoutMs: 100, killTimeoutMs: 100 });
    await host.run("blind", "unreading");
    host.publishMany(400);
    await host.manager.unloadModule("blind");
    expect(host.stats("blind")).toMatchObject({
      delivered: 0,
      in_flight: 0,
      waiting: 0,
      failed_closed: window + capacity,
      fate_unknown: window,
      dropped_full: 400 - window - capacity,
    });
    expectBalance(host.stats("blind"));
  });
});
