import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawMarbles, type Marble, readMarbles } from "../../src/testing/marble-line.js";

describe("readMarbles", () => {
  it("takes one column for one millisecond", () => {
    expect(readMarbles("-a--b")).toEqual([
      { atMs: 1, symbol: "a" },
      { atMs: 4, symbol: "b" },
    ]);
  });

  it("puts a group at its bracket and lets its columns pass", () => {
    expect(readMarbles("-(ab)c")).toEqual([
      { atMs: 1, symbol: "a" },
      { atMs: 1, symbol: "b" },
      { atMs: 5, symbol: "c" },
    ]);
  });

  it("ignores spaces at the end and nowhere else", () => {
    expect(readMarbles("-a-   ")).toEqual([{ atMs: 1, symbol: "a" }]);
    expect(readMarbles("- a")).toBe('column 1 holds " "');
    expect(readMarbles(" a")).toBe('column 0 holds " "');
  });

  it.each([
    ["-(a", "the group at column 1 is not closed"],
    ["-a)", "column 2 closes a group that was not opened"],
    ["((a))", "column 1 opens a group inside a group"],
    ["(a-b)", 'column 2 has "-" inside a group'],
    ["-a,b", 'column 2 holds ","'],
  ])("says what it can't read in %s", (line, problem) => {
    expect(readMarbles(line)).toBe(problem);
  });
});

describe("drawMarbles", () => {
  const letters = fc.constantFrom(..."abcXYZ19+!|");

  it("draws what was read", () => {
    const gap = fc.nat({ max: 3 }).map((length) => "-".repeat(length));
    const item = fc.oneof(
      letters,
      fc.array(letters, { minLength: 2, maxLength: 4 }).map((symbols) => `(${symbols.join("")})`),
    );
    const line = fc.array(fc.tuple(gap, item)).map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(line, (text) => {
        expect(drawMarbles(readMarbles(text) as readonly Marble[], text.length)).toBe(text);
      }),
    );
  });

  it("fills the line up to its length", () => {
    expect(drawMarbles([], 5)).toBe("-----");
    expect(drawMarbles([{ atMs: 1, symbol: "a" }], 4)).toBe("-a--");
  });

  it("lists marbles that a group would cover", () => {
    const marbles = ["a", "b"].map((symbol) => ({ atMs: 1, symbol }));
    expect(drawMarbles([...marbles, { atMs: 3, symbol: "c" }], 9)).toBe("a at 1 ms, b at 1 ms, c at 3 ms");
  });

  it("never draws two different runs alike", () => {
    const marble = fc.record({ atMs: fc.nat({ max: 8 }), symbol: letters });
    const run = fc
      .array(marble, { maxLength: 6 })
      .map((marbles) => marbles.toSorted((a, b) => a.atMs - b.atMs));
    fc.assert(
      fc.property(run, run, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(drawMarbles(one, 0) === drawMarbles(other, 0)).toBe(isSame);
      }),
      { numRuns: 1000 },
    );
  });
});
