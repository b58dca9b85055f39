import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { btcOfSat, btcPerKvb, satOfBtc } from "../../../../src/chain/devnet/rpc/btc-amount.js";

const maxMoneySat = 2_100_000_000_000_000;

describe("an amount in BTC", () => {
  it("is in JSON the very decimal with eight places, for every amount of satoshi", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: maxMoneySat }), (valueSat) => {
        const text = `${Math.floor(valueSat / 1e8)}.${String(valueSat % 1e8).padStart(8, "0")}`;
        const printed = JSON.stringify(btcOfSat(valueSat));
        expect(JSON.parse(printed)).toBe(Number(text));
        expect(Number(printed).toFixed(8)).toBe(text);
        expect([satOfBtc(JSON.parse(printed)), satOfBtc(text)]).toEqual([valueSat, valueSat]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["0.1", 10_000_000],
    ["21000000", maxMoneySat],
    [0.00000001, 1],
    [0.30000000000000004, undefined],
    [0.000000001, undefined],
    ["0.000000001", undefined],
    ["21000000.00000001", undefined],
    [-1, undefined],
    ["-1", undefined],
    ["1e-8", undefined],
    ["", undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
  ])("%s is %s satoshi", (amount, valueSat) => {
    expect(satOfBtc(amount)).toBe(valueSat);
  });

  it.each([
    [1, 0.00001],
    [1.1, 0.000011],
    [0.1234, 0.00000124],
  ])("of %s sat/vB is %s BTC per 1000 virtual bytes", (satPerVb, expected) => {
    expect(btcPerKvb(satPerVb)).toBe(expected);
  });
});
