import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { draft, outputsOf } from "./small-chain.js";
import { toldBy, WaitingRoomKit } from "./waiting-room.js";

describe("replacement in the mempool", () => {
  it("takes the place of a conflict and of all that stand on it, spenders first", () => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    const old = kit.send({ spends: [coin], feeSat: 200 });
    const child = kit.send({ spends: outputsOf(old), feeSat: 300 });
    const rival = draft({ spends: [coin], feeSat: 600 });
    const outcome = kit.offer(rival);
    if (outcome.outcome === "refused") throw new Error(outcome.reason);
    expect(toldBy(outcome.changes, { old, child, rival })).toEqual([
      "child replaced",
      "old replaced",
      "+rival",
    ]);
    expect(outcome.changes.map(({ size }) => size)).toEqual([1, 0, 1]);
    expect(kit.mempool.spenderOf(coin.txid, coin.index)).toBe(rival.txid);
  });

  it("replaces one that never asked for it, as full replacement does", () => {
    const kit = new WaitingRoomKit();
    const coin = { ...kit.coin(), sequence: 0xffff_ffff };
    const old = kit.send({ spends: [coin] });
    expect(kit.mempool.entry(old.txid)?.isReplaceable).toBe(false);
    expect(kit.reasonOf(draft({ spends: [coin], feeSat: 5000 }))).toBe("accepted");
  });

  it("calls replaceable what signals, and what stands on it until that is confirmed", () => {
    const kit = new WaitingRoomKit();
    const parent = kit.send({ spends: [{ ...kit.coin(), sequence: 0xffff_fffd }] });
    const [, grandchild] = [parent, ...kit.sendChain(1, { spends: outputsOf(parent) })] as [
      Transaction,
      Transaction,
    ];
    expect(kit.mempool.entry(grandchild.txid)?.isReplaceable).toBe(true);
    kit.connect([parent]);
    expect(kit.mempool.entry(grandchild.txid)?.isReplaceable).toBe(false);
  });

  it.each([
    ["the same fee rate on more bytes", { feeSat: 2000, sizeVb: 200 }, "insufficient fee"],
    ["a higher rate but a lower fee", { feeSat: 999, sizeVb: 80 }, "insufficient fee"],
    ["less on top than 1 sat/vB of its own", { feeSat: 1099, sizeVb: 100 }, "insufficient fee"],
    ["1 sat/vB of its own on top", { feeSat: 1100, sizeVb: 100 }, "accepted"],
  ])("judges %s", (_, wanted, expected) => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    kit.send({ spends: [coin], feeSat: 1000 });
    expect(kit.reasonOf(draft({ spends: [coin], ...wanted }))).toBe(expected);
  });

  it("has to pay for descendants too", () => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    kit.send({ spends: outputsOf(kit.send({ spends: [coin] })), feeSat: 9000 });
    expect(kit.reasonOf(draft({ spends: [coin], feeSat: 10_099 }))).toBe("insufficient fee");
    expect(kit.reasonOf(draft({ spends: [coin], feeSat: 10_100 }))).toBe("accepted");
  });

  it("replaces a hundred and no more", () => {
    const kit = new WaitingRoomKit();
    const coins = [kit.coin(), kit.coin(), kit.coin(), kit.coin(), kit.coin()];
    for (const coin of coins.slice(0, 4)) {
      const spends = outputsOf(kit.send({ spends: [coin], outputs: 24 }));
      for (const spend of spends) kit.send({ spends: [spend] });
    }
    kit.send({ spends: coins.slice(4) });
    expect(kit.reasonOf(draft({ spends: coins, feeSat: 900_000 }))).toBe("too many potential replacements");
    const outcome = kit.offer(draft({ spends: coins.slice(0, 4), feeSat: 900_000 }));
    expect(outcome.outcome === "accepted" && outcome.changes).toHaveLength(101);
  });

  it("must not need more that waits than what it replaces did", () => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    const parent = kit.send({ outputs: 2 });
    const [first, second] = outputsOf(parent);
    if (first === undefined || second === undefined) throw new Error("two outputs are needed");
    kit.send({ spends: [coin, first] });
    expect(kit.reasonOf(draft({ spends: [coin, ...outputsOf(kit.send())], feeSat: 9000 }))).toBe(
      "replacement-adds-unconfirmed",
    );
    expect(kit.reasonOf(draft({ spends: [coin, second], feeSat: 9000 }))).toBe("accepted");
  });

  it("can't spend what it replaces", () => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    const old = kit.send({ spends: [coin] });
    expect(kit.reasonOf(draft({ spends: [coin, ...outputsOf(old)], feeSat: 9000 }))).toBe(
      "bad-txns-spends-conflicting-tx",
    );
  });

  it("may stand where what it replaces stood, though its parent has all the descendants it may have", () => {
    const kit = new WaitingRoomKit();
    const spends = outputsOf(kit.send({ outputs: 25 }));
    for (const spend of spends.slice(0, 24)) kit.send({ spends: [spend] });
    const large = { sizeVb: 10_001, feeSat: 200_000 };
    expect(kit.reasonOf(draft({ spends: spends.slice(24), ...large }))).toBe("too-long-mempool-chain");
    expect(kit.reasonOf(draft({ spends: spends.slice(0, 1), ...large }))).toBe("accepted");
  });
});
