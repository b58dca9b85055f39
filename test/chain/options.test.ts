import { describe, expect, expectTypeOf, it } from "vitest";
import { type ChainOptionsInput, chainOptions } from "../../src/chain/index.js";
import { chainSourceNameOf } from "../../src/chain/options.js";

describe("chainOptions", () => {
  it("fills in a replay that is pleasant to watch, and leaves the source to what else is there", () => {
    expect(chainOptions.parse({})).toEqual({
      pace: "events_per_second",
      events_per_second: 100,
      longest_gap_ms: 600_000,
      reorg: [],
    });
  });

  it("takes heights or a rhythm of competing blocks", () => {
    expect(chainOptions.parse({ reorg: [300025] }).reorg).toEqual([300025]);
    expect(chainOptions.parse({ reorg: { every_blocks: 3 } }).reorg).toEqual({ every_blocks: 3, depth: 1 });
  });

  it.each([
    ["devnet", {}],
    ["replay", { files: ["a.raw"] }],
    ["devnet", { source: "devnet", files: ["a.raw"] }],
    ["replay", { source: "replay" }],
    ["bitcoin-core", { source: "bitcoin-core" }],
  ])("means %s", (name, input) => {
    expect(chainSourceNameOf(chainOptions.parse(input))).toBe(name);
  });

  it.each([
    ["an unknown key", { file: "a.raw" }],
    ["an empty list of files", { files: [] }],
    ["another source", { source: "mainnet" }],
    ["a negative rate", { events_per_second: -1 }],
    ["a rate that is no number", { events_per_second: Number.NaN }],
    ["an unknown pace", { pace: "slow" }],
    ["a rhythm of zero blocks", { reorg: { every_blocks: 0 } }],
    ["an unknown key of the rhythm", { reorg: { every_blocks: 1, deep: 2 } }],
    ["a fractional height", { reorg: [1.5] }],
  ])("refuses %s", (_, input) => {
    expect(chainOptions.safeParse(input).success).toBe(false);
  });

  it("types the pace by its names", () => {
    expectTypeOf<NonNullable<ChainOptionsInput["pace"]>>().toEqualTypeOf<"events_per_second" | "real_time">();
  });
});
