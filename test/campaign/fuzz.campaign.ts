import { expect, it } from "vitest";
import { fuzzHostBatch, noFigures } from "../fuzz/host-fuzz.js";
import { fuzzModuleBatch } from "../fuzz/module-fuzz.js";
import { settledRssBytes } from "../fuzz/settled-rss.js";
import { campaignRun } from "../kit/campaign.js";

const MIB = 1024 * 1024;
const SAVE_EACH_MS = 1000;
/** About 250,000 frames: until then the runtime compiles and its pools find their size. */
const WARM_UP_BATCHES = 150;

/** The unit is a frame; a batch draws everything from the seed plus the number of frames before it. */
it("a host's side of the protocol stands ten million hostile frames", async () => {
  const run = campaignRun("fuzz", { budget: 10_000_000 });
  if (run.firstItem === run.budget) return;
  const figures = noFigures();
  let moduleFrames = 0;
  let savedAtMs = performance.now();
  let rssAfterWarmUp: number | undefined;
  for (let batch = 0; run.firstItem + figures.sent < run.budget; batch++) {
    const seed = run.seed + run.firstItem + figures.sent;
    fuzzHostBatch(seed, figures);
    if (batch % 5 === 0) moduleFrames += fuzzModuleBatch(seed);
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (batch === WARM_UP_BATCHES) rssAfterWarmUp = settledRssBytes();
    if (performance.now() - savedAtMs < SAVE_EACH_MS) continue;
    run.saveProgress(run.firstItem + figures.sent);
    savedAtMs = performance.now();
  }
  run.saveProgress(run.firstItem + figures.sent);
  const grownMib = rssAfterWarmUp === undefined ? undefined : (settledRssBytes() - rssAfterWarmUp) / MIB;
  process.stdout.write(`${JSON.stringify({ seed: run.seed, ...figures, moduleFrames, grownMib })}\n`);
  expect(figures.readPastHandshake * 2).toBeGreaterThan(figures.sent);
  expect(figures.longestTurnMs).toBeLessThan(50);
  expect(figures.longestTurnOnceMs).toBeLessThan(500);
  if (grownMib === undefined) process.stdout.write("too few frames to tell whether memory grows\n");
  else expect(grownMib).toBeLessThan(64);
});
