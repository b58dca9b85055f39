import { describe, expect, it } from "vitest";
import { type SortKey, sortKeys, sortRows, topCells, topRows } from "../../src/cli/top-rows.js";
import { answerOf, exampleFigures } from "./figures-example.js";

describe("a row of top", () => {
  it("has the rates between two readings", () => {
    const before = answerOf(1000, exampleFigures("one", { delivered: 100, lost: 10 }));
    const now = answerOf(3000, exampleFigures("one", { delivered: 300, lost: 11 }));
    expect(topRows(before, now)).toMatchObject([{ name: "one", rate: 100, lossRate: 0.5, lost: 11 }]);
  });

  it("has no rates at the first reading, for a module that is new, and for books that were reset", () => {
    const now = answerOf(3000, exampleFigures("one", { delivered: 300, lost: 11 }));
    const rates = (before: Parameters<typeof topRows>[0]) =>
      topRows(before, now).map(({ rate, lossRate }) => [rate, lossRate]);
    expect(rates(undefined)).toEqual([[0, 0]]);
    expect(rates(answerOf(1000))).toEqual([[0, 0]]);
    expect(rates(answerOf(1000, exampleFigures("one", { delivered: 900, lost: 90 })))).toEqual([[0, 0]]);
  });

  it.each([
    [[0, 0, 0], undefined],
    [[99, 1, 0], 0.5],
    [[98, 2, 0], 1.25],
    [[0, 0, 5], Number.POSITIVE_INFINITY],
  ])("gives the bound of the bucket that holds the 99th percentile of %j", (counts, p99Ms) => {
    const latency = { bounds_seconds: [0.0005, 0.00125], counts };
    expect(topRows(undefined, answerOf(0, exampleFigures("one", { latency })))[0]?.p99Ms).toBe(p99Ms);
  });

  it("takes the percentile of what was acknowledged since the reading before", () => {
    const bounds_seconds = [0.0005, 0.00125];
    const at = (...counts: number[]) => exampleFigures("one", { latency: { bounds_seconds, counts } });
    expect(topRows(answerOf(0, at(1000, 0, 0)), answerOf(1, at(1000, 5, 0)))[0]?.p99Ms).toBe(1.25);
  });

  it("is printed with units, and with a dash for what nobody knows", () => {
    const known = exampleFigures("one", { delivered: 5, lost: 7 });
    const unknown = exampleFigures("two", { health: null, use: null, queue: null, delivery: null });
    const [one, two] = topRows(undefined, answerOf(0, known, unknown)).map(topCells);
    expect(one).toEqual(["one", "healthy", "0", "0", "7", "0/100", "≤ 500 µs", "1.3 %", "50 MiB"]);
    expect(two).toEqual(["two", "Running", "0", "0", "0", "-", "-", "-", "-"]);
  });
});

describe("sorting", () => {
  const use = (cpu_percent: number, mib: number) => ({ cpu_percent, memory_bytes: mib * 1024 ** 2 });
  const before = answerOf(0, exampleFigures("a"), exampleFigures("b"), exampleFigures("c"));
  const queued = exampleFigures("c", { delivered: 1, use: use(2, 30) });
  const rows = topRows(
    before,
    answerOf(
      1000,
      exampleFigures("a", { delivered: 9, lost: 1, use: use(3, 10) }),
      exampleFigures("b", {
        delivered: 5,
        lost: 2,
        use: use(1, 20),
        latency: { bounds_seconds: [1], counts: [0, 5] },
      }),
      { ...queued, delivery: { ...(queued.delivery as object), waiting: 50 } as typeof queued.delivery },
    ),
  );
  const order: Readonly<Record<SortKey, string>> = {
    module: "abc",
    rate: "abc",
    lost: "bac",
    queue: "cab",
    p99: "bac",
    cpu: "acb",
    memory: "cba",
  };
  it.each(sortKeys)(
    "by %s puts the greatest first, equal ones by name, and turns round when reversed",
    (key) => {
      const names = (isReversed: boolean) => sortRows(rows, key, isReversed).map(({ name }) => name);
      expect(names(false).join("")).toBe(order[key]);
      expect(names(true)).toEqual(names(false).toReversed());
    },
  );
});
