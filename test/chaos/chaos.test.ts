import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { brokenFrameKinds, runChaos } from "./run-chaos.js";

const eventsPerModule = shortForm(1_000_000, 100_000);

describe(`ten module processes in chaos, ${eventsPerModule} events each`, () => {
  it("balance in the host's books, in the modules' own records, and between the two", async () => {
    const report = await runChaos(1, eventsPerModule);
    expect(report.problems).toEqual([]);
    for (const [name, totals] of report.modules) {
      expect(totals.matched, name).toBeGreaterThanOrEqual(eventsPerModule);
      expect(totals.delivered, name).toBeGreaterThan(0);
      // Else what they are here for did not happen.
      if (name.startsWith("slow-")) expect(totals.dropped, name).toBeGreaterThan(0);
      if (name.startsWith("path-")) expect(totals.connections, name).toBeGreaterThan(totals.lives);
    }
    for (const [fault, count] of Object.entries(report.faults)) expect(count, fault).toBeGreaterThan(0);
    expect([...report.brokenFrames.keys()].sort()).toEqual(brokenFrameKinds);
  }, 600_000);
});
