import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { expectBalance } from "../kit/host-until.js";
import { installQuickModule } from "./install-module.js";
import { STEADY_NURSERY, startMeasuredHost } from "./measured-host.js";
import { bytesPerEvent, sampleMemory } from "./memory-samples.js";

const events = shortForm(10_000_000, 1_000_000);

/**
 * Memory that the runtime counts is exact to some hundred kilobytes after a collection. The smallest object takes 16
 * bytes: at ten million events this finds one that is left behind by one event in two hundred.
 */
const COUNTED_NOISE_BYTES = 512 * 1024;
/** Resident memory moves by some megabytes by itself: pages that the allocator keeps for later. */
const RESIDENT_NOISE_BYTES = 16 * 1024 * 1024;

describe(`a host and a module after ${events} events`, () => {
  it("holds the memory that it held after the first ones", async () => {
    await using host = await startMeasuredHost(STEADY_NURSERY);
    await installQuickModule(host.modulesDir, "quick");
    await host.load("quick");
    const samples = await sampleMemory(host, "quick", events);
    const stats = await host.stats("quick");
    expectBalance(stats);
    expect(stats.matched).toBe(events);
    expect(stats.delivered).toBeGreaterThanOrEqual(events * 0.05);
    expect(stats.dropped_full).toBeGreaterThan(0);
    const counted = bytesPerEvent(samples, ({ heapUsed, external }) => heapUsed + external);
    const resident = bytesPerEvent(samples, ({ rss }) => rss);
    expect(counted.slope * events).toBeLessThan(COUNTED_NOISE_BYTES);
    expect(resident.slope * events).toBeLessThan(RESIDENT_NOISE_BYTES);
  }, 600_000);
});
