import { describe, expect, it } from "vitest";
import { TrafficBooks } from "../../src/ipc/index.js";
import { LifeBooks } from "../../src/supervisor/index.js";
import { pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";

const restart = { policy: "on-failure", backoff_ms: 20, max_crashes: 100 } as const;

describe("what is counted of a module's lives", () => {
  it("tells each restart by how the life before it ended, and how long each start took", async () => {
    const lifeBooks = new LifeBooks();
    const traffic = new TrafficBooks(["SubscribeEvents"]);
    await using host = await startManager({ lifeBooks, traffic, settings: { base: { restart } } });
    await host.run("base", "recorder");
    await host.run("top", "recorder", { needs: { base: "*" } });
    const base = lifeBooks.of("base");
    const top = lifeBooks.of("top");
    const up = (starts: number) =>
      until(`both are up for the ${starts}th time`, () =>
        [base, top].every(({ startDurations }) => startDurations.count === starts),
      );
    await up(1);
    expect(Object.values(base.restarts)).toEqual([0, 0, 0, 0, 0, 0]);

    process.kill(pidOf(host, "base"), "SIGKILL");
    await up(2);
    expect(base.restarts).toMatchObject({ crash: 1 });
    expect(top.restarts).toMatchObject({ dependency: 1, crash: 0 });

    host.manager.killFor("base", "it took too much", "limit");
    await up(3);
    host.manager.killFor("base", "it said nothing", "heartbeat");
    await up(4);
    await host.manager.reloadModule("base");
    await up(5);
    await host.manager.unloadModule("top");
    await host.manager.loadModule("top");
    await until("it is back", () => top.startDurations.count === 6);
    expect(base.restarts).toEqual({
      crash: 1,
      limit: 1,
      heartbeat: 1,
      reload: 1,
      dependency: 0,
      manual: 0,
    });
    expect(top.restarts).toEqual({
      crash: 0,
      limit: 0,
      heartbeat: 0,
      reload: 1,
      dependency: 3,
      manual: 1,
    });
    expect(base.startDurations.sumMs).toBeGreaterThan(0);
    // One connection of each is open, and each life subscribed once.
    expect(traffic.connections).toBe(2);
    expect(Object.fromEntries(traffic.of("base").requests())).toMatchObject({ SubscribeEvents: { ok: 5 } });
  });
});
