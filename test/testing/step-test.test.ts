import { describe, expect, it } from "vitest";
import { errorCode } from "../../src/errors.js";
import { type StepRow, stepTest } from "../../src/testing/index.js";
import { catchError } from "../kit/catch-error.js";

const row = {
  name: "lets nothing below one pass",
  options: "value > 0",
  values: { a: 1, b: 0 },
  source: "-ab|",
  expected: "-a-|",
} satisfies StepRow;

function refusal(kind: string, wrong: Partial<StepRow>): unknown {
  return catchError(() => stepTest(kind, { ...row, ...wrong }));
}

describe("A row of a table of steps", () => {
  it("is what its step does", () => {
    expect(stepTest("filter", row).counts).toMatchObject({ in: 2, out: 1 });
  });

  it.each<[wrong: string, Partial<StepRow>]>([
    ["a value", { outputs: { a: 2 } }],
    ["a time", { expected: "--a|" }],
    ["an end", { expected: "-a--" }],
    ["what came after its last column", { source: "-ab-----|", expected: "-a-" }],
    ["a count", { counts: { out: 2 } }],
    ["a span", { subscribed: "^-!" }],
    ["how often it subscribes", { subscribed: ["^--!", "---^!"] }],
    ["what is kept", { keeps: { acc: 1 } }],
  ])("is refused when it is wrong about %s", (_what, wrong) => {
    const error = refusal("filter", wrong);
    expect(errorCode(error)).toBe("STEP_DIFFERS");
    expect(String(error)).toContain(row.name);
  });

  it("is refused when a value is a promise", () => {
    expect(refusal("map", { options: "value", values: { a: Promise.resolve(1), b: 0 } })).toMatchObject({
      code: "BAD_MARBLES",
    });
  });

  it("is refused when it asserts nothing, or its step isn't known", () => {
    expect(refusal("filter", { source: "---", expected: "---" })).toMatchObject({ code: "BAD_MARBLES" });
    const silent = { source: "---", expected: "---" };
    for (const nothing of [{ expected: "- 10m -" }, { counts: {} }, { subscribed: [] }, { subscribed: "  " }])
      expect(refusal("filter", { ...silent, ...nothing })).toMatchObject({ code: "BAD_MARBLES" });
    expect(refusal("filtre", {})).toMatchObject({ code: "BAD_MARBLES" });
    expect(refusal("filter", { before: [{ kind: "filtre", options: "true" }] })).toMatchObject({
      code: "BAD_MARBLES",
    });
  });
});
