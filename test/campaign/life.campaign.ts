import { describe, it } from "vitest";
import { campaignRun } from "../kit/campaign.js";
import { startCycledHost } from "../life/life-cycles.js";
import { expectNothingLeft } from "../life/nothing-left.js";

/** Lives between two looks at what the host holds. */
const ROUND = 100;

describe("modules that live and die", () => {
  it("leave nothing behind in their host, round after round", async () => {
    const run = campaignRun("life", { budget: 1000 });
    await using host = await startCycledHost();
    await host.run(ROUND);
    const before = await host.holdings();
    for (let at = run.firstItem; at < run.budget; at += ROUND) {
      await host.run(ROUND);
      const after = await host.holdings();
      const residentBytes = after.residentBytes - before.residentBytes;
      const countedBytes = after.countedBytes - before.countedBytes;
      process.stdout.write(
        `${at + ROUND} lives: ${after.descriptors} descriptors, ${residentBytes} bytes more resident, ${countedBytes} counted\n`,
      );
      expectNothingLeft(before, after);
      run.saveProgress(at + ROUND);
    }
  });
});
