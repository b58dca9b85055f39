import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { createMempool } from "../../../../src/chain/devnet/mempool/create-mempool.js";
import type { Mempool, MempoolEntry } from "../../../../src/chain/devnet/mempool/mempool.js";
import { draft, outputsOf, SmallChain, type Spend } from "./small-chain.js";

const limits = {
  maxBytes: 1_000_000,
  expiryS: 1000,
  minRelaySatPerVb: 0,
  maxAncestors: 25,
  maxDescendants: 25,
};

/** The same choice made step by step from all that is left: what the template has to equal. */
function greedy(mempool: Mempool, maxWeightWu: number, maxSigopsCost: number): string[] {
  const taken: MempoolEntry[] = [];
  const all = mempool.txids().map((txid) => mempool.entry(txid) as MempoolEntry);
  const sum = (entries: readonly MempoolEntry[], value: (entry: MempoolEntry) => number) =>
    entries.reduce((total, entry) => total + value(entry), 0);
  for (;;) {
    let best: { rate: number; members: MempoolEntry[] } | undefined;
    for (const entry of all) {
      if (taken.includes(entry)) continue;
      const members = all.filter(
        (each) =>
          !taken.includes(each) &&
          (each === entry || mempool.ancestors(entry.transaction.txid).includes(each.transaction.txid)),
      );
      const block = [...taken, ...members];
      if (sum(block, ({ transaction }) => transaction.weightWu) > maxWeightWu) continue;
      if (sum(block, ({ sigopsCost }) => sigopsCost) > maxSigopsCost) continue;
      const packageRate = sum(members, ({ feeSat }) => feeSat) / sum(members, ({ sizeVb }) => sizeVb);
      const rate = Math.min(entry.feeRateSatPerVb, packageRate);
      if (best === undefined || rate > best.rate) best = { rate, members };
    }
    if (best === undefined) return taken.map(({ transaction }) => transaction.txid);
    taken.push(...best.members.toSorted((a, b) => a.ancestorCount - b.ancestorCount));
  }
}

function send(mempool: Mempool, transaction: Transaction): Transaction {
  const outcome = mempool.accept(transaction, new Uint8Array(), 0);
  if (outcome.outcome === "refused") throw new Error(outcome.reason);
  return transaction;
}

// Nothing here changes the chain.
const chain = new SmallChain(130);

function waiting() {
  chain.sigops.clear();
  return { mempool: createMempool({ kernel: chain }, limits), coins: chain.mature() };
}

function txidsOf(mempool: Mempool, maxWeightWu = 4_000_000): string[] {
  return mempool.template(maxWeightWu).map(({ entry }) => entry.transaction.txid);
}

describe("the choice of transactions for a block", () => {
  it("takes what pays most first", () => {
    const { mempool, coins } = waiting();
    const [low, high] = [500, 900].map((feeSat, turn) =>
      send(mempool, draft({ spends: [coins[turn] as Spend], feeSat })),
    ) as [Transaction, Transaction];
    expect(txidsOf(mempool)).toEqual([high.txid, low.txid]);
    expect(txidsOf(mempool, 400)).toEqual([high.txid]);
  });

  it("takes a poor parent with a child that pays for both, and tells where it stands", () => {
    const { mempool, coins } = waiting();
    const parent = send(mempool, draft({ spends: [coins[0] as Spend], feeSat: 100 }));
    const middling = send(mempool, draft({ spends: [coins[1] as Spend], feeSat: 300 }));
    const child = send(mempool, draft({ spends: outputsOf(parent), feeSat: 1100 }));
    expect(txidsOf(mempool)).toEqual([parent.txid, child.txid, middling.txid]);
    expect(mempool.template(4_000_000).map(({ depends }) => depends)).toEqual([[], [0], []]);
    expect(txidsOf(mempool, 799)).toEqual([middling.txid]);
  });

  it("leaves room for the coinbase's signature checks", () => {
    const { mempool, coins } = waiting();
    for (let turn = 0; turn < 6; turn += 1) {
      const transaction = draft({ spends: [coins[turn] as Spend], feeSat: 80_000 });
      chain.sigops.set(transaction.txid, 15_900);
      send(mempool, transaction);
    }
    expect(mempool.template(4_000_000)).toHaveLength(5);
  });

  it("equals a choice made one package at a time from all that is left and fits", () => {
    const drawn = fc.record({
      a: fc.nat(),
      b: fc.nat({ max: 8 }),
      c: fc.nat({ max: 60 }),
      sizeVb: fc.integer({ min: 80, max: 400 }),
    });
    fc.assert(
      fc.property(
        fc.array(drawn, { minLength: 5, maxLength: 25, size: "max" }),
        fc.integer({ min: 300, max: 16_000 }),
        (rows, weightWu) => {
          const { mempool, coins } = waiting();
          const spendable = coins.slice(0, 8);
          for (const { a, b, c, sizeVb } of rows) {
            const spends = new Map<string, Spend>();
            for (let turn = 0; turn <= b % 3; turn += 1) {
              const [spend] = spendable.splice((a + 7 * turn) % spendable.length, 1);
              if (spend !== undefined) spends.set(`${spend.txid}:${spend.index}`, spend);
            }
            const transaction = draft({
              spends: [...spends.values()],
              feeSat: sizeVb * c,
              outputs: 2,
              sizeVb,
            });
            chain.sigops.set(transaction.txid, b === 8 ? 15_000 : 1);
            const outcome = mempool.accept(transaction, new Uint8Array(), 0);
            if (outcome.outcome === "accepted") spendable.push(...outputsOf(transaction));
            else spendable.push(...spends.values());
          }
          const template = mempool.template(weightWu);
          expect(template.map(({ entry }) => entry.transaction.txid)).toEqual(
            greedy(mempool, weightWu, 79_600),
          );
          for (const [place, { entry, depends }] of template.entries()) {
            const parents = depends.map((each) => template[each]?.entry.transaction.txid);
            expect(parents.toSorted()).toEqual([...entry.parents].sort());
            expect(depends.every((each) => each < place)).toBe(true);
          }
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });
});
