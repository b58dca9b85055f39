import { expect, it } from "vitest";
import { shortForm } from "../../kit/campaign.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { proveLongChain } from "./long-chain.js";

const blocks = shortForm(2000, 300);

it("makes a long chain that a restart brings back and an independent program finds valid", {
  timeout: 120_000,
}, async () => {
  await using dir = await tempDir();
  const transactions = 2.5 * blocks;
  const proven = await proveLongChain({ dataDir: dir.path, seed: "long chain", blocks, transactions });
  expect(proven.height).toBeGreaterThanOrEqual(blocks);
  expect(proven.signatures).toBeGreaterThan(0);
});
