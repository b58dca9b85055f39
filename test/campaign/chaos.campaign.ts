import { describe, expect, it } from "vitest";
import { deliveryOptions } from "../../src/bus/index.js";
import { chaosText } from "../chaos/chaos-text.js";
import { runHostileNeighbours } from "../chaos/hostile-neighbours.js";
import { runChaos } from "../chaos/run-chaos.js";
import { campaignRun } from "../kit/campaign.js";

/** Events that each of the ten modules matches in one round; the budget counts all of them together. */
const EVENTS_PER_MODULE = 1_000_000;
const ROUND_EVENTS = 10 * EVENTS_PER_MODULE;

describe("chaos on real processes", () => {
  it("leaves the books balanced, round after round", async () => {
    const run = campaignRun("chaos", { budget: 100_000_000 });
    for (let at = run.firstItem; at < run.budget; at += ROUND_EVENTS) {
      const seed = run.seed + Math.floor(at / ROUND_EVENTS);
      const eventsPerModule = Math.min(EVENTS_PER_MODULE, Math.ceil((run.budget - at) / 10));
      const report = await runChaos(seed, eventsPerModule);
      process.stdout.write(`seed ${seed}: ${chaosText(report)}\n`);
      expect(report.problems, `seed ${seed}`).toEqual([]);
      for (const [name, { matched }] of report.modules) {
        expect(matched, `seed ${seed}: ${name}`).toBeGreaterThanOrEqual(eventsPerModule);
      }
      run.saveProgress(at + ROUND_EVENTS);
    }
  });

  it("lets an honest module beside nine hostile ones have its events", async () => {
    const { honest, idleP99Ms, longestStallMs } = await runHostileNeighbours(
      60_000,
      deliveryOptions.parse({}).capacity,
    );
    const machine = `idle process ${idleP99Ms.toFixed(1)} ms, longest stall ${longestStallMs.toFixed(1)} ms`;
    process.stdout.write(`honest ${JSON.stringify(honest)}, ${machine}\n`);
    expect(honest.handled).toBeGreaterThanOrEqual(60_000 * 0.999);
    expect(honest.p99Ms).toBeLessThan(50);
  });
});
