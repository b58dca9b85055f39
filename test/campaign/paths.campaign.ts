import { expect, it } from "vitest";
import { campaignRun } from "../kit/campaign.js";
import { playPaths } from "../node-api/files/path-tree.js";

const BATCH = 5000;

/** The unit is a path; a batch draws everything from the seed plus the number of paths before it. */
it("a million paths lead nowhere but below a module's directory", async () => {
  const run = campaignRun("paths", { budget: 1_000_000 });
  let served = 0;
  const codes: Record<string, number> = {};
  for (let first = run.firstItem; first < run.budget; first += BATCH) {
    const figures = await playPaths(run.seed + first, Math.min(BATCH, run.budget - first));
    expect(figures).toMatchObject({ escapes: [], wronglyRefused: [] });
    served += figures.served;
    for (const [code, count] of Object.entries(figures.codes)) codes[code] = (codes[code] ?? 0) + count;
    run.saveProgress(first + figures.cases);
  }
  process.stdout.write(`${JSON.stringify({ seed: run.seed, served, codes })}\n`);
});
