import { describe, it } from "vitest";
import { campaignRun } from "../kit/campaign.js";
import { tellCrashStory } from "../node-api/storage/crash-story.js";

/** Lives of one store before another begins. */
const ROUND = 100;

describe("a host killed with SIGKILL while a module writes", () => {
  it("has all of each batch or nothing, and a quota that is exact, kill after kill", async () => {
    const run = campaignRun("storage", { budget: 200 });
    for (let at = run.firstItem; at < run.budget; at += ROUND) {
      await tellCrashStory(run.seed + at, Math.min(ROUND, run.budget - at));
      run.saveProgress(at + ROUND);
      process.stdout.write(`${Math.min(at + ROUND, run.budget)} kills\n`);
    }
  });
});
