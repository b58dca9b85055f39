import { describe, it } from "vitest";
import { callsOfALife, expectNothingBroken } from "../faults/failed-calls.js";
import { campaignRun } from "../kit/campaign.js";

/** Faults between two notes of how far it is. */
const ROUND = 100;

describe("a host whose k-th call to the system fails", () => {
  it("crashes, leaks and forgets nothing, whichever call it is and however it fails", async () => {
    const calls = await callsOfALife();
    const faults = calls.flatMap(({ key, codes }) => codes.map((code) => ({ key, code })));
    const run = campaignRun("faults", { budget: faults.length });
    for (let at = run.firstItem; at < Math.min(run.budget, faults.length); at += ROUND) {
      await expectNothingBroken(faults.slice(at, Math.min(at + ROUND, run.budget)));
      process.stdout.write(`${at + ROUND} of ${faults.length} faults\n`);
      run.saveProgress(at + ROUND);
    }
  });
});
