import { describe, expect, it } from "vitest";
import { meanFeeRateSatPerVb } from "../../../src/chain/block/mean-fee-rate.js";
import { parseBlock } from "../../../src/chain/block/parse-block.js";
import { subsidySat } from "../../../src/chain/block/subsidy.js";
import { genesisBytes } from "../first-blocks.js";
import { realBlockBytes, realBlocks } from "../real-blocks.js";

describe("subsidySat", () => {
  it.each([
    [0, 5_000_000_000],
    [209_999, 5_000_000_000],
    [210_000, 2_500_000_000],
    [482_683, 1_250_000_000],
    [928_849, 312_500_000],
    [32 * 210_000, 1],
    [33 * 210_000, 0],
    [0xffff_ffff, 0],
  ])("at height %i is %i satoshi", (heightBlocks, expected) => {
    expect(subsidySat(heightBlocks)).toBe(expected);
  });
});

describe("meanFeeRateSatPerVb", () => {
  it("is the coinbase's surplus over the size of the others", () => {
    const block = parseBlock(realBlockBytes(300025));
    const paid = block.transactions[0].outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
    const bytes = block.transactions.slice(1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    expect(paid).toBeGreaterThan(2_500_000_000);
    // Without witnesses a virtual byte is a byte.
    expect(meanFeeRateSatPerVb(block, 300025)).toBeCloseTo((paid - 2_500_000_000) / bytes, 9);
  });

  it("is finite and not negative for every real block", () => {
    for (const { heightBlocks } of realBlocks) {
      const rate = meanFeeRateSatPerVb(parseBlock(realBlockBytes(heightBlocks)), heightBlocks);
      expect(rate).toBeGreaterThanOrEqual(0);
      expect(rate).toBeLessThan(10_000);
    }
  });

  it("is zero for a block with nothing but its coinbase", () => {
    expect(meanFeeRateSatPerVb(parseBlock(genesisBytes), 0)).toBe(0);
  });

  it("is zero where the miner claimed less than the subsidy", () => {
    expect(meanFeeRateSatPerVb(parseBlock(realBlockBytes(482683)), 0)).toBe(0);
  });
});
