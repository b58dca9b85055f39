import { describe, expect, it } from "vitest";
import { contradictions } from "./recount.js";
import { draft, outputsOf } from "./small-chain.js";
import { toldBy, WaitingRoomKit } from "./waiting-room.js";

const halfLifeS = 12 * 3600;

describe("the full mempool", () => {
  it("evicts the lowest fee rate, descendants counted, and asks for more than that", () => {
    const kit = new WaitingRoomKit({ maxBytes: 400 });
    const parent = kit.send({ feeSat: 150 });
    const rich = kit.send({ spends: outputsOf(parent), feeSat: 850 });
    const poor = kit.send({ feeSat: 300 });
    const middling = kit.send({ feeSat: 400 });
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS)).toBe(1);
    const last = draft({ spends: [kit.coin()], feeSat: 350 });
    const outcome = kit.offer(last);
    if (outcome.outcome === "refused") throw new Error(outcome.reason);
    const names = { parent, rich, poor, middling, last };
    expect(toldBy(outcome.changes, names)).toEqual(["+last", "poor evicted"]);
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS)).toBe(4);
    expect(kit.reasonOf(draft({ spends: [kit.coin()], feeSat: 399 }))).toBe("mempool min fee not met");
  });

  it("evicts a poor family together, spenders first", () => {
    const kit = new WaitingRoomKit({ maxBytes: 300 });
    const parent = kit.send({ feeSat: 200 });
    const child = kit.send({ spends: outputsOf(parent), feeSat: 200 });
    const other = kit.send({ feeSat: 500 });
    const last = draft({ spends: [kit.coin()], feeSat: 600, sizeVb: 200 });
    const outcome = kit.offer(last);
    const names = { parent, child, other, last };
    expect(outcome.outcome === "accepted" && toldBy(outcome.changes, names)).toEqual([
      "+last",
      "child evicted",
      "parent evicted",
    ]);
  });

  it("stays as it was when the newcomer itself would have to leave, what it replaced included", () => {
    const kit = new WaitingRoomKit({ maxBytes: 300 });
    const coin = kit.coin();
    const old = kit.send({ spends: [coin], feeSat: 200 });
    kit.send({ feeSat: 900 });
    kit.send({ feeSat: 900 });
    const before = kit.mempool.txids();
    expect(kit.reasonOf(draft({ spends: [coin], feeSat: 625, sizeVb: 250 }))).toBe("mempool full");
    expect(kit.mempool.txids()).toEqual(before);
    expect(kit.mempool.spenderOf(coin.txid, coin.index)).toBe(old.txid);
    expect(contradictions(kit.mempool, kit.chain)).toEqual([]);
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS)).toBe(3.5);
  });

  it("refuses what is larger than all of it", () => {
    const kit = new WaitingRoomKit({ maxBytes: 300 });
    kit.send();
    expect(kit.reasonOf(draft({ spends: [kit.coin()], feeSat: 90_000, sizeVb: 301 }))).toBe("mempool full");
    expect(kit.mempool.size).toBe(1);
  });

  it("lets its demand fall by half in 12 hours once a block came, faster when it is empty", () => {
    const kit = new WaitingRoomKit({ maxBytes: 1000 });
    for (let turn = 0; turn < 10; turn += 1) kit.send({ feeSat: 3100 });
    kit.send({ feeSat: 3200 });
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS + halfLifeS)).toBe(32);
    kit.connect([]);
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS + halfLifeS)).toBeCloseTo(16, 10);
    const taken = kit.mempool.template(4 * 900).map(({ entry }) => entry.transaction);
    kit.nowS += halfLifeS;
    kit.connect(taken);
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS + halfLifeS / 4)).toBeCloseTo(8, 10);
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS + 2 * halfLifeS)).toBe(1);
  });

  it("expires what waits longer than the limit, with all that stand on it", () => {
    const kit = new WaitingRoomKit();
    const old = kit.send();
    kit.nowS += 900;
    const child = kit.send({ spends: outputsOf(old) });
    const young = kit.send();
    const names = { old, child, young };
    expect(toldBy(kit.mempool.expire(kit.nowS + 100), names)).toEqual([]);
    expect(toldBy(kit.mempool.expire(kit.nowS + 101), names)).toEqual(["child expired", "old expired"]);
  });

  it("hands out everything when it is cleared and starts anew", () => {
    const kit = new WaitingRoomKit({ maxBytes: 300 });
    for (const feeSat of [400, 500, 600, 700]) kit.send({ feeSat });
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS)).toBe(5);
    expect(kit.mempool.clear().map(({ feeSat }) => feeSat)).toEqual([500, 600, 700]);
    const { size, sizeVb, totalFeeSat } = kit.mempool;
    expect({ size, sizeVb, totalFeeSat }).toEqual({ size: 0, sizeVb: 0, totalFeeSat: 0 });
    expect(kit.mempool.minFeeRateSatPerVb(kit.nowS)).toBe(1);
    expect(kit.mempool.template(4_000_000)).toEqual([]);
  });
});
