import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { expectBalance } from "../kit/host-until.js";
import { hostileBehaviours, runHostileNeighbours } from "./hostile-neighbours.js";

const events = shortForm(15_000, 2000);
/**
 * Tenfold what the campaign holds on a machine of its own: here ten other processes and the rest of the tests want the
 * same processors, and whoever gets none for half a second neither handles nor publishes.
 */
const P99_LIMIT_MS = 500;
const HONEST_CAPACITY = 1000;

describe("an honest module beside nine hostile ones", () => {
  it("gets its 1,000 events a second, and gets them soon", async () => {
    const report = await runHostileNeighbours(events, HONEST_CAPACITY);
    const { published, honest, stats, lives } = report;
    expect(honest.handled).toBeGreaterThanOrEqual(published * 0.999);
    expect(honest.handled + honest.lost).toBe(published);
    expect(honest.p99Ms).toBeLessThan(P99_LIMIT_MS);
    expect(stats.honest?.delivered).toBe(honest.handled);
    expect(Object.keys(stats)).toHaveLength(hostileBehaviours.length + 1);
    for (const counts of Object.values(stats)) expectBalance(counts);
    for (const name of ["crashes", "breaksframes"]) expect(lives.get(name), name).toBeGreaterThan(2);
    expect(report.unforeseenErrors).toEqual([]);
  }, 300_000);
});
