import { describe, expect, it } from "vitest";
import { expectBalance } from "../kit/host-until.js";
import { installStoppedModule } from "./install-module.js";
import { startMeasuredHost } from "./measured-host.js";

const MIB = 1024 * 1024;
const CAP_BYTES = 4 * MIB;
const EVENT_BYTES = MIB;
const names = ["one", "two", "three", "four", "five"];

describe("a host whose modules are stopped, at events of a megabyte", () => {
  it("holds no more for each of them than max_bytes, and tells what was lost", async () => {
    await using host = await startMeasuredHost();
    await Promise.all(names.map((name) => installStoppedModule(host.modulesDir, name)));
    const before = await host.memory();
    for (const name of names) {
      await host.load(name);
      await host.publish({ count: 20, padBytes: EVENT_BYTES });
    }
    for (const name of names) {
      const stats = await host.stats(name);
      expectBalance(stats);
      // Three of a megabyte and their headers fit into four beside the room that critical events keep.
      expect(stats.waiting + stats.in_flight, name).toBe(3);
      expect(stats.dropped_full, name).toBe(stats.matched - 3);
    }
    const after = await host.memory();
    const heldBytes = after.arrayBuffers - before.arrayBuffers;
    expect(heldBytes).toBeLessThan(names.length * CAP_BYTES);
    // An event that waits also keeps its payload, which is as large again; the rest is the runtime's own.
    expect(after.rss - before.rss).toBeLessThan(2 * names.length * CAP_BYTES + 30 * MIB);
  }, 120_000);

  it("refuses an event that is larger than max_bytes for good, and goes on with the next", async () => {
    await using host = await startMeasuredHost();
    await installStoppedModule(host.modulesDir, "one");
    await host.load("one");
    await host.publish({ count: 3, padBytes: CAP_BYTES });
    await host.publish({ count: 5 });
    const stats = await host.stats("one");
    expectBalance(stats);
    expect(stats).toMatchObject({ failed_serialization: 3, in_flight: 5, dropped_full: 0 });
  }, 120_000);
});
