import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { createMempool } from "../../../../src/chain/devnet/mempool/create-mempool.js";
import type { MempoolChange, RemovalReason } from "../../../../src/chain/devnet/mempool/mempool.js";
import { contradictions } from "./recount.js";
import { draft, outputsOf, SmallChain, type Spend } from "./small-chain.js";

const maxBytes = 4000;
const limits = { maxBytes, expiryS: 1000, minRelaySatPerVb: 1, maxAncestors: 6, maxDescendants: 6 };

const number = fc.nat({ max: 1_000_000 });
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("send" as const), a: number, b: number, c: number }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("replace" as const), a: number, b: number, c: number }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("mine" as const), a: number, b: number, c: number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rival" as const), a: number, b: number, c: number }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("reorganise" as const), a: number, b: number, c: number }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), a: number, b: number, c: number }) },
);

type Step = typeof step extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** A node's part: tells the mempool of blocks, remembers what it said, and draws transactions. */
class Play {
  readonly chain = new SmallChain(112);
  readonly mempool = createMempool({ kernel: this.chain }, limits);
  readonly contents = new Set<string>();
  readonly reasons = new Set<RemovalReason | "refused" | "returned">();
  readonly problems: string[] = [];
  nowS = 1000;

  #note(changes: readonly MempoolChange[]): void {
    for (const change of changes) {
      const { txid } = change.entry.transaction;
      if (change.kind === "added") {
        if (this.contents.has(txid)) this.problems.push(`${txid} was added twice`);
        this.contents.add(txid);
        if (!change.isNew) this.reasons.add("returned");
      } else {
        if (!this.contents.delete(txid)) this.problems.push(`${txid} left without having been there`);
        this.reasons.add(change.reason);
      }
      if (change.size !== this.contents.size)
        this.problems.push(`size ${change.size} is told too early or too late`);
    }
  }

  #spendable(): Spend[] {
    const waiting = this.mempool.txids().flatMap((txid) => {
      const transaction = this.mempool.entry(txid)?.transaction;
      return transaction === undefined ? [] : outputsOf(transaction);
    });
    const confirmed = this.chain.blocks
      .slice(112)
      .flatMap(({ block }) => block.transactions.slice(1).flatMap((transaction) => outputsOf(transaction)));
    // Mature now; the last of them not after a reorganisation.
    return [...this.chain.mature().slice(-60), ...waiting, ...waiting, ...confirmed];
  }

  #drawn(a: number, b: number, c: number, first?: Spend): Transaction {
    const coins = this.#spendable();
    const picked = [
      first,
      ...Array.from({ length: 1 + (b % 3) }, (_, turn) => coins[(a + turn * b) % coins.length]),
    ];
    const spends = new Map<string, Spend>();
    for (const spend of picked.slice(
      first === undefined ? 1 : 0,
      first === undefined ? undefined : 1 + (b % 2),
    )) {
      if (spend !== undefined)
        spends.set(`${spend.txid}:${spend.index}`, { ...spend, sequence: 0xffff_fffd + (b % 3) });
    }
    const sizeVb = 80 + (c % 300);
    const inSat = [...spends.values()].reduce((sum, { valueSat }) => sum + valueSat, 0);
    const feeSat = Math.min(inSat - 3000, Math.round(sizeVb * (0.9 + (c % 97) ** 2 / 100)));
    return draft({ spends: [...spends.values()], feeSat, outputs: 1 + (a % 3), sizeVb });
  }

  #send(transaction: Transaction): void {
    const before = [...this.mempool.txids()];
    const outcome = this.mempool.accept(transaction, new Uint8Array(), this.nowS);
    if (outcome.outcome === "accepted") {
      this.#note(outcome.changes);
      if (this.mempool.entry(transaction.txid) !== outcome.entry)
        this.problems.push("accepted and not there");
      return;
    }
    this.reasons.add("refused");
    if (before.join() !== this.mempool.txids().join())
      this.problems.push(`${outcome.reason} changed the mempool`);
  }

  #connect(transactions: readonly Transaction[]): void {
    this.#note(this.mempool.blockConnected(this.chain.connect(transactions), this.nowS));
  }

  run({ do: what, a, b, c }: Step): void {
    this.nowS += 1 + (c % 40);
    if (what === "send") this.#send(this.#drawn(a, b, c));
    if (what === "replace") {
      const waiting = this.mempool.txids();
      const rival = this.mempool.entry(waiting[a % Math.max(1, waiting.length)] ?? "")?.transaction.inputs[0];
      if (rival === undefined) return;
      const { previousTxid: txid, previousIndex: index } = rival;
      const valueSat = (this.chain.coin(txid, index) ?? this.mempool.entry(txid)?.transaction.outputs[index])
        ?.valueSat;
      if (valueSat !== undefined) this.#send(this.#drawn(a, b, c, { txid, index, valueSat }));
    }
    if (what === "mine") this.#connect(this.#template(4 * (200 + (a % 3000))));
    if (what === "rival") {
      const coin = this.chain.mature().at(-1 - (a % 20));
      if (coin !== undefined) this.#connect([draft({ spends: [coin], feeSat: 1 + (c % 500) })]);
    }
    if (what === "reorganise") this.#reorganise(1 + (a % 4), b, c);
    if (what === "wait") {
      this.nowS += c % 700;
      this.#note(this.mempool.expire(this.nowS));
    }
  }

  #template(weightWu: number): Transaction[] {
    return this.mempool.template(weightWu).map(({ entry }) => entry.transaction);
  }

  // The chain is at its new tip before the mempool hears of the first step, as with the kernel.
  #reorganise(depth: number, b: number, c: number): void {
    const left = Array.from({ length: depth }, () => this.chain.disconnect());
    const held = left.toReversed().flatMap(({ block }) => block.transactions.slice(1));
    const joined = [];
    for (let block = 0; block < b % (depth + 2); block += 1) {
      const again = block === 0 ? held.slice(0, c % (held.length + 1)) : [];
      const coin = this.chain.mature().at(-1 - (c % 20));
      const isFree = again.every(({ inputs }) => inputs.every((input) => input.previousTxid !== coin?.txid));
      const rival = coin !== undefined && isFree && c % 2 === 0 ? [draft({ spends: [coin], feeSat: 7 })] : [];
      joined.push(this.chain.connect([...again.filter((each) => this.#isPossible(each, again)), ...rival]));
    }
    for (const block of left) this.#note(this.mempool.blockDisconnected(block, this.nowS));
    for (const block of joined) this.#note(this.mempool.blockConnected(block, this.nowS));
    this.#note(this.mempool.settle(this.nowS));
  }

  #isPossible(transaction: Transaction, among: readonly Transaction[]): boolean {
    return transaction.inputs.every(({ previousTxid, previousIndex }) => {
      const coin = this.chain.coin(previousTxid, previousIndex);
      const isMature =
        coin !== undefined && (!coin.isCoinbase || this.chain.blocks.length - coin.heightBlocks >= 100);
      const parent = among.find(({ txid }) => txid === previousTxid);
      return isMature || (parent !== undefined && this.#isPossible(parent, among));
    });
  }

  check(): void {
    this.problems.push(...contradictions(this.mempool, this.chain));
    if (this.mempool.sizeVb > maxBytes) this.problems.push(`${this.mempool.sizeVb} vB are too many`);
    const told = [...this.contents].sort().join();
    if (told !== [...this.mempool.txids()].sort().join())
      this.problems.push("the changes tell other contents");
  }
}

describe("the mempool under everything that happens to it", () => {
  it("keeps totals, relatives and contents equal to a recount after each step", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: "max" }), (steps) => {
        const play = new Play();
        for (const each of steps) {
          play.run(each);
          play.check();
          expect(play.problems).toEqual([]);
        }
        for (const reason of play.reasons) seen.add(reason);
      }),
      { numRuns: 16, seed: 7 },
    );
    const expected = [
      "confirmed",
      "conflict",
      "evicted",
      "expired",
      "refused",
      "rejected",
      "replaced",
      "returned",
    ];
    expect([...seen].sort()).toEqual(expected);
  });
});
