import { describe, expect, it } from "vitest";
import { deliveryOptions } from "../../src/bus/index.js";
import { shortForm } from "../kit/campaign.js";
import { expectBalance } from "../kit/host-until.js";
import { hostileBehaviours, type NeighbourReport, runHostileNeighbours } from "./hostile-neighbours.js";

const events = shortForm(15_000, 2000);
/** On a machine that serves at once whoever wants next to nothing; one that doesn't may take that much longer. */
const P99_LIMIT_MS = 50;
const MIB = 1024 * 1024;

describe("an honest module beside nine hostile ones", () => {
  it("gets its 1,000 events a second, and gets them soon", async () => {
    const report = await runHostileNeighbours(events, deliveryOptions.parse({}).capacity);
    const { published, honest, stats } = report;
    expect(honest.handled).toBeGreaterThanOrEqual(published * 0.999);
    expect(honest.handled + honest.lost).toBe(published);
    expect(honest.p99Ms).toBeLessThan(P99_LIMIT_MS + report.idleP99Ms);
    expect(stats.honest?.delivered).toBe(honest.handled);
    expect(Object.keys(stats)).toHaveLength(hostileBehaviours.length + 1);
    for (const counts of Object.values(stats)) expectBalance(counts);
    expectDeeds(report);
    expect(report.unforeseenErrors).toEqual([]);
  }, 300_000);
});

/** An honest module that gets everything beside nine idle ones proves nothing. */
function expectDeeds({ deeds, lives, stats }: NeighbourReport): void {
  const { receivedBytes, requests, badBodies, processes } = deeds;
  for (const name of ["crashes", "breaksframes", "sendsgarbage"])
    expect(lives.get(name), name).toBeGreaterThan(2);
  for (const name of ["neverreads", "stopsitself", "spins"])
    expect(stats[name]?.dropped_full, name).toBeGreaterThan(0);
  expect(processes.stopsitself?.state).toBe("T");
  expect(processes.spins?.cpuSeconds).toBeGreaterThan(0.1);
  expect(receivedBytes.floodslogs).toBeGreaterThan(MIB);
  expect(requests.floodsrequests).toBeGreaterThan(500);
  expect(receivedBytes.sendsgiants).toBeGreaterThan(7 * MIB);
  expect(badBodies).toBeGreaterThan(5);
}
