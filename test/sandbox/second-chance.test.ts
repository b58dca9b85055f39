import { describe, expect, it } from "vitest";
import type { LaunchVariant, VariantResult } from "../../src/sandbox/canary/find-layers.js";
import { withSecondChance } from "../../src/sandbox/canary/second-chance.js";
import { wellEquipped } from "../kit/sandbox-machine.js";

const variant: LaunchVariant = { machine: wellEquipped, active: new Set(["filesystem"]) };
const isRun: VariantResult = { isRun: true, denials: [] };
const late: VariantResult = { isRun: false, reason: "did not end within 5000 ms", isLate: true };
const broken: VariantResult = { isRun: false, reason: "bwrap: no" };

/** Runs canaries that end so, one after the other. */
async function run(count: number, ...answers: readonly VariantResult[]) {
  const left = [...answers];
  const told: string[] = [];
  const attempt = withSecondChance(
    () => Promise.resolve(left.shift() ?? broken),
    (reason) => void told.push(reason),
  );
  const results: VariantResult[] = [];
  for (let n = 0; n < count; n++) results.push(await attempt(variant));
  return { results, told, starts: answers.length - left.length };
}

describe("a canary on a busy machine", () => {
  it("tries once more when it came too late, which is told, and turns nothing off when it is in time then", async () => {
    expect(await run(1, late, isRun)).toEqual({ results: [isRun], told: [late.reason], starts: 2 });
  });

  it("gets one second chance in all, and what it failed by says that it failed twice", async () => {
    const { results, told, starts } = await run(2, late, late, late, isRun);
    expect([told, starts]).toEqual([[late.reason], 3]);
    expect(results[0]).toMatchObject({ isRun: false, reason: expect.stringContaining("may be too busy") });
    expect(results[1]).toEqual(late);
  });

  it("gets none when it failed in time", async () => {
    expect(await run(1, broken, isRun)).toEqual({ results: [broken], told: [], starts: 1 });
  });
});
