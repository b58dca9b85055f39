import { describe, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { callsOfBothLives, expectNothingBroken } from "./failed-calls.js";

describe("a host whose k-th call to the system fails", () => {
  it("crashes, leaks and forgets nothing, whichever call it is", { timeout: 600_000 }, async () => {
    // Every place that calls, at its first call; the campaign goes on to every call and every error.
    const first = (await callsOfBothLives()).filter(({ nth }) => nth === 1);
    const stride = shortForm(1, 5);
    const faults = first.flatMap(({ key, codes, sandbox }, k) =>
      k % stride === 0 ? [{ key, code: codes[k % codes.length] as string, sandbox }] : [],
    );
    await expectNothingBroken(faults);
  });
});
