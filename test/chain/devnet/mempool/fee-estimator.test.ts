import { describe, expect, it } from "vitest";
import { FeeEstimator } from "../../../../src/chain/devnet/mempool/fee-estimator.js";
import { WaitingRoomKit } from "./waiting-room.js";

interface Sent {
  readonly txid: string;
  readonly feeRateSatPerVb: number;
}

// Each block takes what pays 50, what pays 10 waits five blocks, and what pays 2 waits for ever.
function learned(blocks: number): FeeEstimator {
  const estimator = new FeeEstimator(0);
  const sent: Sent[][] = [];
  for (let heightBlocks = 0; heightBlocks < blocks; heightBlocks += 1) {
    const now = [50, 10, 2].map((feeRateSatPerVb) => ({
      txid: `${feeRateSatPerVb} at ${heightBlocks}`,
      feeRateSatPerVb,
    }));
    sent.push(now);
    for (const { txid, feeRateSatPerVb } of now) estimator.entered(txid, feeRateSatPerVb, heightBlocks);
    const taken = [now[0], sent[heightBlocks - 4]?.[1]].filter((each) => each !== undefined);
    estimator.blockConnected(heightBlocks + 1, taken);
  }
  return estimator;
}

describe("the fee estimate", () => {
  it("is unknown until enough was confirmed", () => {
    expect(learned(0).estimate(2)).toBeUndefined();
    expect(learned(2).estimate(2)).toBeUndefined();
    expect(learned(4).estimate(2)).toBeCloseTo(50, 6);
  });

  it("tells what was confirmed in time, and less for those who can wait", () => {
    const estimator = learned(40);
    const estimates = [0, 1, 4, 5, 25, 1008].map((target) => estimator.estimate(target));
    expect(estimates.map((rate) => Math.round(rate ?? 0))).toEqual([50, 50, 50, 10, 10, 10]);
  });

  it("rises when a rate isn't confirmed any more, though nothing of it leaves", () => {
    const estimator = new FeeEstimator(0);
    for (let height = 0; height < 60; height += 1) {
      const now = [20, 40].map((feeRateSatPerVb) => ({
        txid: `${feeRateSatPerVb} at ${height}`,
        feeRateSatPerVb,
      }));
      for (const { txid, feeRateSatPerVb } of now) estimator.entered(txid, feeRateSatPerVb, height);
      estimator.blockConnected(height + 1, height < 20 ? now : now.slice(1));
      if (height === 19) expect(estimator.estimate(3)).toBeCloseTo(20, 6);
    }
    expect(estimator.estimate(3)).toBeCloseTo(40, 6);
  });

  it("counts what left without a block as not confirmed", () => {
    const estimator = learned(40);
    for (let count = 0; count < 30; count += 1) estimator.entered(`slow ${count}`, 50, 40);
    estimator.blockConnected(41, []);
    for (let count = 0; count < 30; count += 1) estimator.left(`slow ${count}`);
    expect(estimator.estimate(1)).toBeUndefined();
  });

  it("learns nothing from a block that isn't the highest", () => {
    const estimator = learned(4);
    const before = estimator.estimate(1);
    estimator.entered("late", 500, 3);
    estimator.blockConnected(3, [{ txid: "late", feeRateSatPerVb: 500 }]);
    expect(estimator.estimate(1)).toBe(before);
  });

  it("comes from the mempool's own confirmed transactions and never below what is relayed", () => {
    const kit = new WaitingRoomKit({ minRelaySatPerVb: 12 });
    for (let block = 0; block < 6; block += 1) {
      const sent = [kit.send({ feeSat: 1200 }), kit.send({ feeSat: 1210 })];
      kit.connect(sent);
    }
    expect(kit.mempool.estimateFee(1)).toBeCloseTo(12.05, 6);
    expect(kit.mempool.estimateFee(1008)).toBeCloseTo(12.05, 6);
  });
});
