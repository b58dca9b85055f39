import { expect, it } from "vitest";
import { campaignRun } from "../kit/campaign.js";
import { compiledSimulation } from "../simulation/compiled-simulation.js";

const { rarePaths, runSeeds, tableOf } = await compiledSimulation();

const SAVE_EVERY = 200;

/** Unit of the budget: seeds. A failing seed prints its shrunken story and repeats with `--seed N --budget 1`. */
it("the engine agrees with its model after every step of every seed", async () => {
  const { seed, budget, firstItem, saveProgress } = campaignRun("simulation", { budget: 1_000_000 });
  const run = await runSeeds(seed + firstItem, budget - firstItem, (done) => {
    if (done % SAVE_EVERY === 0) saveProgress(firstItem + done);
  });
  process.stdout.write(`${run.failure ?? tableOf(run)}\n`);
  expect(run.failure).toBeUndefined();
  if (run.seeds >= 2_000) expect(rarePaths(run)).toEqual([]);
  saveProgress(firstItem + run.seeds);
});
