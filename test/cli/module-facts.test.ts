import { describe, expect, it } from "vitest";
import { factRows } from "../../src/cli/module-facts.js";

describe("factRows", () => {
  it("keeps the order of the answer and dots nested names", () => {
    expect(factRows({ name: "a", limits: { max: { cpu: 1 }, fds: 2 }, state: "Running" })).toEqual([
      ["name", "a"],
      ["limits.max.cpu", "1"],
      ["limits.fds", "2"],
      ["state", "Running"],
    ]);
  });

  it("writes numbers in the unit that their name ends with", () => {
    const cases: readonly (readonly [string, number, string])[] = [
      ["x_bytes", 0, "0 bytes"],
      ["x_bytes", 1023, "1023 bytes"],
      ["x_bytes", 1024, "1 KiB"],
      ["x_bytes", 1536, "1.5 KiB"],
      ["x_bytes", 512 * 1024 ** 2, "512 MiB"],
      ["x_bytes", 2 ** 53, "8192 TiB"],
      ["x_ms", 12.34, "12.3 ms"],
      ["x_ms", 1500, "1.5 s"],
      ["x_ms", 150_000, "2 min"],
      ["x_ms", 7_500_000, "2 h 5 min"],
      ["x_s", 86_400 * 3 + 7200, "3 d 2 h"],
      ["x_percent", 79.96, "80 %"],
      ["x_at_ms", 0, "1970-01-01T00:00:00.000Z"],
      ["pid", 1024, "1024"],
    ];
    for (const [key, value, text] of cases) expect(factRows({ [key]: value })).toEqual([[key, text]]);
  });

  it("says none, yes, no and - where there is nothing to print", () => {
    expect(factRows({ a: [], b: {}, c: null, d: "", e: true, f: false, g: undefined })).toEqual([
      ["a", "none"],
      ["b", "none"],
      ["c", "-"],
      ["d", "-"],
      ["e", "yes"],
      ["f", "no"],
    ]);
  });

  it("prints a list of names on one line, and each record of a list on its own", () => {
    const dependencies = [
      { name: "a", range: "^1.0.0", uptime_ms: 2000 },
      { name: "b", range: null, extra: [1] },
    ];
    expect(factRows({ capabilities: ["x", "y"], dependencies, mixed: [{ a: 1 }, [2]] })).toEqual([
      ["capabilities", "x, y"],
      ["dependencies", "name=a range=^1.0.0 uptime_ms=2 s"],
      ["", "name=b range=- extra=[1]"],
      ["mixed", "a=1"],
      ["", "[2]"],
    ]);
  });

  it("leaves the books of each type out and stops at the fourth level", () => {
    expect(factRows({ delivery: { matched: 1, by_type: { NewBlock: {} } } })).toEqual([
      ["delivery.matched", "1"],
    ]);
    expect(factRows({ a: { b: { c: { d: { e: 1 } } } } })).toEqual([["a.b.c.d", '{"e":1}']]);
  });
});
