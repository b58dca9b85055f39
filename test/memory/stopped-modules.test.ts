import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliveryOptions } from "../../src/bus/index.js";
import { installStoppedModule } from "./install-module.js";
import { type MeasuredHost, startMeasuredHost } from "./measured-host.js";

const { capacity, window } = deliveryOptions.parse({});
const MIB = 1024 * 1024;
const names = Array.from({ length: 50 }, (_, n) => `stopped-${n}`);

describe("a host of fifty modules that are stopped by SIGSTOP", () => {
  let host: MeasuredHost;
  beforeEach(async () => {
    host = await startMeasuredHost();
    await Promise.all(names.map((name) => installStoppedModule(host.modulesDir, name)));
    await installStoppedModule(host.modulesDir, "elsewhere", "FeeRateChanged");
    await host.load("elsewhere");
  }, 120_000);
  afterEach(() => host[Symbol.asyncDispose](), 120_000);

  it("spends less than 100 MB on them when all their buffers are full", async () => {
    const before = await host.memory();
    // One after the other, with events in between, so that no two of them hold the same events.
    for (const name of names) {
      await host.load(name);
      await host.publish({ count: window + capacity + 44 });
    }
    await expectFullBuffers(host);
    const after = await host.memory();
    expect((after.rss - before.rss) / MIB).toBeLessThan(100);
  }, 120_000);

  it("spends no more when what they hold lies far apart among the events of others", async () => {
    const before = await host.memory();
    for (const name of names) {
      await host.load(name);
      await host.publish({ count: window });
      await host.publish({ count: capacity + 10, apartBytes: 64_000 });
    }
    await expectFullBuffers(host);
    const after = await host.memory();
    expect((after.rss - before.rss) / MIB).toBeLessThan(100);
  }, 120_000);
});

async function expectFullBuffers(host: MeasuredHost): Promise<void> {
  for (const name of names) {
    const { waiting, in_flight, dropped_full } = await host.stats(name);
    expect({ waiting, in_flight }).toEqual({ waiting: capacity, in_flight: window });
    expect(dropped_full).toBeGreaterThan(0);
  }
}
