import { describe, expect, it } from "vitest";
import {
  difficultyOfBits,
  meetsTarget,
  targetOfBits,
  workOfBits,
} from "../../../src/chain/block/proof-of-work.js";

describe("proof of work", () => {
  it("unfolds the easiest target of mainnet", () => {
    expect(targetOfBits(0x1d00ffff)).toBe(0xffffn << 208n);
    expect(difficultyOfBits(0x1d00ffff)).toBe(1);
    expect(workOfBits(0x1d00ffff)).toBe(0x1_0001_0001n);
  });

  it("knows the difficulty that mainnet had at height 482,683", () => {
    expect(difficultyOfBits(0x18013ce9)).toBeCloseTo(888_171_856_257.32, 1);
  });

  it("unfolds small exponents by shifting out", () => {
    expect(targetOfBits(0x01123456)).toBe(0x12n);
    expect(targetOfBits(0x02123456)).toBe(0x1234n);
  });

  it.each([
    ["negative", 0x1d80ffff],
    ["zero", 0x1d000000],
    ["too large", 0xff00ffff],
  ])("gives a %s target to no hash", (_, bits) => {
    expect(targetOfBits(bits)).toBe(0n);
    expect(workOfBits(bits)).toBe(0n);
    expect(difficultyOfBits(bits)).toBe(0);
    expect(meetsTarget(`${"0".repeat(63)}1`, bits)).toBe(false);
  });

  it("lets a hash equal its target and no more", () => {
    const target = targetOfBits(0x1d00ffff);
    const hex = (value: bigint) => value.toString(16).padStart(64, "0");
    expect(meetsTarget(hex(target), 0x1d00ffff)).toBe(true);
    expect(meetsTarget(hex(target + 1n), 0x1d00ffff)).toBe(false);
  });
});
