import { describe, expect, it } from "vitest";
import { coinbaseHeight } from "../../../src/chain/block/coinbase-height.js";
import { parseBlock } from "../../../src/chain/block/parse-block.js";
import { genesisBytes } from "../first-blocks.js";

/** What is read from a coinbase that begins with these bytes, in a block of this version. */
function heightOf(script: readonly number[], version = 2): number | undefined {
  const { header, transactions } = parseBlock(genesisBytes);
  const [coinbase] = transactions;
  const inputs = coinbase.inputs.map((input) => ({ ...input, scriptSig: Uint8Array.from(script) }));
  return coinbaseHeight({ header: { ...header, version }, transactions: [{ ...coinbase, inputs }] });
}

describe("coinbaseHeight", () => {
  it("reads little-endian numbers of up to three bytes", () => {
    expect(heightOf([1, 17])).toBe(17);
    expect(heightOf([2, 0x80, 0x00])).toBe(128);
    expect(heightOf([3, 0xf9, 0x93, 0x04, 0xaa])).toBe(300_025);
  });

  it("reads the heights 1 to 16 from their opcodes", () => {
    expect(heightOf([0x51])).toBe(1);
    expect(heightOf([0x60, 0])).toBe(16);
  });

  it.each([
    ["an empty script", []],
    ["a cut push", [3, 1, 2]],
    ["four bytes", [4, 0xff, 0xff, 0x00, 0x1d]],
    ["a negative number", [1, 0x81]],
    ["another opcode", [0x61, 1]],
    ["an empty push", [0]],
  ])("finds no height in %s", (_, script) => {
    expect(heightOf(script)).toBeUndefined();
  });

  it("finds none in a block of version 1", () => {
    expect(heightOf([1, 17], 1)).toBeUndefined();
  });
});
