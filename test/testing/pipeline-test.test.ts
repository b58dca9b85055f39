import { concatMap, delay, from, map, mergeMap, NEVER, of, tap } from "rxjs";
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

  it.each([
    ["only a jump", { source: "-a-", expected: "- 10m -" }],
    ["an empty span", { source: "-a-", expected: "---", subscribed: "   " }],
  ])("is refused when it draws %s and nothing that happens", (_, row) => {
    expect(() => pipelineTest(() => NEVER, { name: "vacuous", ...row })).toThrow(/asserts nothing/);
  });

  it.each([
    ["a value", { values: { a: Promise.resolve(1) } }],
    ["an output", { outputs: { a: { deep: [Promise.resolve(1)] } } }],
  ])("is refused when %s is a promise, to which every other promise is equal", (_, given) => {
    const row = { name: "promised", source: "-a|", expected: "-a|", ...given };
    expect(() => pipelineTest(() => of({ deep: [Promise.resolve(2)] }), row)).toThrow(
      expect.objectContaining({
        code: "BAD_MARBLES",
        message: expect.stringMatching(/a stands for a promise/) as string,
      }),
    );
  });

  it("may log what passes", () => {
    // biome-ignore lint/suspicious/noConsole: what an author writes to see what happens.
    const logs: Pipeline = (source$) => source$.pipe(tap((item) => console.log(item)));
    const row = { name: "logs", source: "-a|", expected: "-a|" };
    expect(pipelineTest(logs, row).recorded).toHaveLength(2);
  });

  it.each<[string, Pipeline]>([
    ["a real timer", (source$) => source$.pipe(tap(() => void setTimeout(() => {}, 0)))],
    ["a microtask", (source$) => source$.pipe(tap(() => queueMicrotask(() => {})))],
    ["an immediate", (source$) => source$.pipe(tap(() => void setImmediate(() => {})))],
    ["from(promise)", (source$) => source$.pipe(mergeMap((item) => from(Promise.resolve(item))))],
    ["an async callback", (source$) => source$.pipe(concatMap(async (item) => item))],
    ["an async side effect", (source$) => source$.pipe(tap(async () => {}))],
  ])("is refused when %s hides what the pipeline emits", (_, pipeline) => {
    const row = { name: "hidden", source: "-a-", expected: "---", subscribed: "^" };
    expect(() => pipelineTest(pipeline, row)).toThrow(
      /(promises?|microtask|real timer|immediate) w(as|ere) made/,
    );
  });
});
