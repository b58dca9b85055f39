import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { compiledSimulation } from "./compiled-simulation.js";

const { drawStory, play, rarePaths, runSeeds, tableOf } = await compiledSimulation();

const FIRST_SEED = 1;
const SEEDS = shortForm(10_000, 1_000);

describe("the engine under a virtual clock, with faults from a seed", () => {
  it("agrees with its model after every step, whatever goes wrong", async () => {
    const run = await runSeeds(FIRST_SEED, SEEDS);
    process.stdout.write(`${run.failure ?? tableOf(run)}\n`);
    expect(run.failure).toBeUndefined();
    expect(rarePaths(run)).toEqual([]);
  }, 600_000);

  it("does the same for the same seed, to the byte", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [one, other] = [await play(drawStory(seed)), await play(drawStory(seed))];
      expect(other.hash).toBe(one.hash);
    }
  });

  it("does something else for each seed", async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) hashes.add((await play(drawStory(seed))).hash);
    expect(hashes.size).toBe(40);
  });
});
