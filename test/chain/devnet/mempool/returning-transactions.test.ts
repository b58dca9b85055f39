import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { ReturningTransactions } from "../../../../src/chain/devnet/mempool/returning-transactions.js";
import { made } from "./small-chain.js";

let count = 0;
function spending(sizeVb = 100): Transaction {
  count += 1;
  const previousTxid = count.toString(16).padStart(64, "0");
  const input = { previousTxid, previousIndex: 0, scriptSig: new Uint8Array(), sequence: 0, witness: [] };
  return made({ version: 2, inputs: [input], outputs: [], lockTime: count }, sizeVb);
}

describe("transactions of disconnected blocks", () => {
  it("come back in the order of the chain, at a cost that grows with their number only", () => {
    const blocks = Array.from({ length: 5000 }, () => [spending(), spending(), spending(), spending()]);
    const returning = new ReturningTransactions();
    expect(blocks.toReversed().flatMap((block) => returning.disconnected(block))).toEqual([]);
    expect(returning.takeAll().map(({ txid }) => txid)).toEqual(blocks.flat().map(({ txid }) => txid));
    expect(returning.size).toBe(0);
  });

  it("leave from the end of the chain when they are more than 20 MB", () => {
    const [early, middle, late, last] = [1, 2, 3, 4].map(() => spending(7_000_000));
    const returning = new ReturningTransactions();
    expect(returning.disconnected([late!, last!])).toEqual([]);
    expect(returning.disconnected([early!, middle!])).toEqual([last, late]);
    expect(returning.takeAll()).toEqual([early, middle]);
  });
});
