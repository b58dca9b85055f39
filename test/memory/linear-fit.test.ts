import { describe, expect, it } from "vitest";
import { linearFit } from "./linear-fit.js";

describe("linearFit", () => {
  it("finds the slope of a line without any error", () => {
    const { slope, slopeError } = linearFit([0, 1, 2, 3].map((x) => [x, 5 + 2 * x] as const));
    expect(slope).toBeCloseTo(2);
    expect(slopeError).toBeCloseTo(0);
  });

  it("tells how far noise may have moved the slope", () => {
    const { slope, slopeError } = linearFit(
      [0, 1, 2, 3, 4, 5].map((x) => [x, x % 2 === 0 ? 1 : -1] as const),
    );
    expect(Math.abs(slope)).toBeLessThan(2 * slopeError);
  });
});
