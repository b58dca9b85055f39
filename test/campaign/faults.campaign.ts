import { describe, it } from "vitest";
import { callsOfBothLives, expectNothingBroken } from "../faults/failed-calls.js";
import { campaignRun } from "../kit/campaign.js";

/** Faults between two notes of how far it is. */
const ROUND = 100;

describe("a host whose k-th call to the system fails", () => {
  it("crashes, leaks and forgets nothing, whichever call it is and however it fails", async () => {
    const calls = await callsOfBothLives();
    const faults = calls.flatMap(({ key, codes, sandbox }) => codes.map((code) => ({ key, code, sandbox })));
    const run = campaignRun("faults", { budget: faults.length });
    // The calls of two lives differ by a few: a resumed run does a round again rather than miss one of them.
    for (let at = Math.max(0, run.firstItem - ROUND); at < Math.min(run.budget, faults.length); at += ROUND) {
      await expectNothingBroken(faults.slice(at, Math.min(at + ROUND, run.budget)));
      process.stdout.write(`${Math.min(at + ROUND, faults.length)} of ${faults.length} faults\n`);
      run.saveProgress(at + ROUND);
    }
  });
});
