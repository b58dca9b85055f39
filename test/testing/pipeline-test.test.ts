import { concatMap, delay, from, map, mergeMap, of, tap } from "rxjs";
import { describe, expect, it } from "vitest";
import { type Pipeline, pipelineTest } from "../../src/testing/index.js";

const same: Pipeline = (source$) => source$;

describe("a row about a pipeline", () => {
  it("passes when the pipeline does what it draws, whatever its letters stand for", () => {
    const doubled: Pipeline = (source$, scheduler) =>
      source$.pipe(
        map((n: number) => n * 2),
        delay(2, scheduler),
      );
    const row = {
      name: "doubles",
      source: "-a-b|",
      values: { a: 1, b: 2 },
      expected: "---b-(d|)",
      outputs: { b: 2, d: 4 },
    };
    expect(pipelineTest(doubled, row).recorded).toHaveLength(3);
  });

  it.each([
    ["an item that is missing", { source: "-a-|", expected: "-aa|" }],
    ["an item too many", { source: "-ab|", expected: "-a-|" }],
    ["another time", { source: "-a|", expected: "a-|" }],
    ["an end that doesn't come", { source: "-a-", expected: "-a|" }],
    ["an item after the last column", { source: "-a------b", expected: "-a" }],
    ["another span", { source: "-a-|", expected: "-a-|", subscribed: "^-!" }],
  ])("fails over %s with PIPELINE_DIFFERS", (_, row) => {
    expect(() => pipelineTest(same, { name: "differs", ...row })).toThrow(
      expect.objectContaining({ code: "PIPELINE_DIFFERS" }),
    );
  });

  it("is refused when it asserts nothing", () => {
    const row = { name: "vacuous", source: "-a-", expected: "---" };
    expect(() => pipelineTest(() => of<never>(), row)).toThrow(
      expect.objectContaining({ code: "BAD_MARBLES" }),
    );
    expect(() => pipelineTest(same, row)).toThrow(/asserts nothing/);
  });

  it.each<[string, Pipeline]>([
    ["from(promise)", (source$) => source$.pipe(mergeMap((item) => from(Promise.resolve(item))))],
    ["an async callback", (source$) => source$.pipe(concatMap(async (item) => item))],
    ["an async side effect", (source$) => source$.pipe(tap(async () => {}))],
  ])("is refused when %s hides what the pipeline emits", (_, pipeline) => {
    const row = { name: "hidden", source: "-a-", expected: "---", subscribed: "^" };
    expect(() => pipelineTest(pipeline, row)).toThrow(/promises? w/);
  });
});
