import { describe, expect, it } from "vitest";
import { HopLedger, REMEMBERED_HOPS } from "../../src/streams/hop-ledger.js";

describe("The ledger of hops", () => {
  it("knows an event's hops already while it is published", () => {
    const ledger = new HopLedger();
    let inside = 0;
    expect(
      ledger.publishing(7, 3, () => {
        inside = ledger.hopsOf(7);
        return 7;
      }),
    ).toBe(7);
    expect([inside, ledger.hopsOf(7), ledger.hopsOf(8)]).toEqual([3, 3, 0]);
  });

  it("forgets what could not be published", () => {
    const ledger = new HopLedger();
    expect(() =>
      ledger.publishing(7, 3, () => {
        throw new Error("the bus is closed");
      }),
    ).toThrow("the bus is closed");
    expect(ledger.hopsOf(7)).toBe(0);
  });

  it("remembers the newest and no more than it says", () => {
    const ledger = new HopLedger();
    for (let n = 1; n <= REMEMBERED_HOPS + 5; n++) ledger.publishing(2 * n, 1, () => 2 * n);
    expect(ledger.size).toBe(REMEMBERED_HOPS);
    expect([5, 6, REMEMBERED_HOPS + 5].map((n) => ledger.hopsOf(2 * n))).toEqual([0, 1, 1]);
  });
});
