import { it } from "vitest";
import { proveLongChain } from "../chain/devnet/long-chain.js";
import { campaignRun } from "../kit/campaign.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** Transactions of one chain before another begins. */
const ROUND = 20_000;

it("makes long chains that a restart brings back and an independent program finds valid", async () => {
  const run = campaignRun("devnet", { budget: 100_000 });
  for (let at = run.firstItem; at < run.budget; at += ROUND) {
    await using dir = await tempDir();
    const transactions = Math.min(ROUND, run.budget - at);
    const proven = await proveLongChain({
      dataDir: dir.path,
      seed: `campaign ${run.seed + at}`,
      blocks: Math.max(200, transactions / 10),
      transactions,
      onProgress: (blocks) => process.stdout.write(`${at} and ${blocks} blocks\n`),
    });
    run.saveProgress(at + ROUND);
    process.stdout.write(`${JSON.stringify({ ...proven, done: at + transactions })}\n`);
  }
});
