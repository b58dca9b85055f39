import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { draft, outputsOf } from "./small-chain.js";
import { toldBy, WaitingRoomKit } from "./waiting-room.js";

// The chain is at its new tip before the mempool hears of the first step, as with the kernel.
function reorganise(kit: WaitingRoomKit, depth: number, blocks: readonly (readonly Transaction[])[]) {
  const left = Array.from({ length: depth }, () => kit.chain.disconnect());
  const joined = blocks.map((transactions) => kit.chain.connect(transactions));
  return [
    ...left.flatMap((block) => kit.mempool.blockDisconnected(block, kit.nowS)),
    ...joined.flatMap((block) => kit.mempool.blockConnected(block, kit.nowS)),
    ...kit.mempool.settle(kit.nowS),
  ];
}

describe("the mempool when the chain moves", () => {
  it("gives up what a block confirms, then what the block contradicts with all that stand on it", () => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    const taken = kit.send();
    const loser = kit.send({ spends: [coin] });
    const child = kit.send({ spends: outputsOf(loser) });
    const changes = kit.connect([draft({ spends: [coin], feeSat: 7 }), taken]);
    expect(toldBy(changes, { taken, loser, child })).toEqual([
      "taken confirmed",
      "child conflict",
      "loser conflict",
    ]);
    expect(changes.map(({ size }) => size)).toEqual([2, 1, 0]);
  });

  it("takes back what was confirmed, those that are spent before their spenders", () => {
    const kit = new WaitingRoomKit();
    const [grandparent, parent, child] = kit.sendChain(3) as [Transaction, Transaction, Transaction];
    kit.connect([grandparent]);
    kit.connect([parent]);
    const changes = reorganise(kit, 2, [[], [], []]);
    expect(toldBy(changes, { grandparent, parent, child })).toEqual(["~grandparent", "~parent"]);
    expect(kit.mempool.entry(child.txid)).toMatchObject({ ancestorCount: 3, ancestorFeesSat: 3000 });
    expect(kit.mempool.entry(grandparent.txid)).toMatchObject({
      descendantCount: 3,
      descendantFeesSat: 3000,
    });
  });

  it("says nothing of what the new branch confirms as well", () => {
    const kit = new WaitingRoomKit();
    const both = kit.send();
    kit.connect([both]);
    expect(reorganise(kit, 1, [[both], []])).toEqual([]);
  });

  it("takes a poor transaction back, whatever it pays", () => {
    const kit = new WaitingRoomKit();
    const free = draft({ spends: [kit.coin()], feeSat: 0 });
    kit.connect([free]);
    expect(toldBy(reorganise(kit, 1, []), { free })).toEqual(["~free"]);
  });

  it("drops what stands on a transaction that the new branch contradicts", () => {
    const kit = new WaitingRoomKit();
    const coin = kit.coin();
    const [parent, child, grandchild] = kit.sendChain(3, { spends: [coin] }) as [
      Transaction,
      Transaction,
      Transaction,
    ];
    kit.connect([parent, child]);
    const changes = reorganise(kit, 1, [[draft({ spends: [coin], feeSat: 7 })], []]);
    expect(toldBy(changes, { parent, child, grandchild })).toEqual(["grandchild conflict"]);
  });

  it("drops what isn't mature any more, and what is locked again", () => {
    const kit = new WaitingRoomKit();
    const [young] = kit.chain.mature().slice(-1);
    if (young === undefined) throw new Error("a coin is needed");
    const early = kit.send({ spends: [young] });
    const locked = kit.send({ lockTime: 119 });
    const free = kit.send();
    expect(toldBy(reorganise(kit, 1, []), { early, locked, free })).toEqual([
      "locked rejected",
      "early rejected",
    ]);
    expect(kit.mempool.txids()).toEqual([free.txid]);
  });

  it("drops what spends a coinbase that is gone", () => {
    const kit = new WaitingRoomKit();
    const orphan = kit.send({ spends: kit.chain.mature().slice(-1) });
    expect(toldBy(reorganise(kit, 100, []), { orphan })).toEqual(["orphan rejected"]);
  });

  it("evicts what has too many ancestors once they came back", () => {
    const kit = new WaitingRoomKit();
    const first = kit.sendChain(20);
    kit.connect(first);
    const second = kit.sendChain(10, { spends: outputsOf(first.at(-1) as Transaction) });
    const changes = reorganise(kit, 1, []);
    const left = changes.filter(({ kind }) => kind === "removed").map(({ entry }) => entry.transaction.txid);
    expect(left).toEqual(
      second
        .slice(5)
        .reverse()
        .map(({ txid }) => txid),
    );
    expect(kit.mempool.entry(second[4]?.txid ?? "")?.ancestorCount).toBe(25);
  });

  it("keeps within its bytes when much comes back", () => {
    const kit = new WaitingRoomKit({ maxBytes: 1000 });
    const mined = Array.from({ length: 30 }, (_, turn) =>
      draft({ spends: [kit.coin()], feeSat: 200 + turn }),
    );
    kit.connect(mined);
    const changes = reorganise(kit, 1, []);
    expect(changes.filter(({ kind }) => kind === "added")).toHaveLength(30);
    expect(kit.mempool.sizeVb).toBe(1000);
    expect(kit.mempool.entry(mined[29]?.txid ?? "")).toBeDefined();
  });

  it("bounds what it keeps of disconnected blocks to 20 MB, the end of the chain goes first", () => {
    const kit = new WaitingRoomKit();
    const wide = { sizeVb: 99_000, feeSat: 100_000 };
    const large = Array.from({ length: 51 }, () => draft({ spends: [kit.coin()], ...wide }));
    // Most of it witness.
    const bulky = large.map((transaction) => ({ ...transaction, sizeBytes: 395_700 }));
    kit.connect(bulky);
    const child = kit.send({ spends: outputsOf(bulky[50] as Transaction) });
    const block = kit.chain.disconnect();
    expect(toldBy(kit.mempool.blockDisconnected(block, kit.nowS), { child })).toEqual(["child evicted"]);
    expect(kit.mempool.settle(kit.nowS).filter(({ kind }) => kind === "added")).toHaveLength(50);
  });
});
