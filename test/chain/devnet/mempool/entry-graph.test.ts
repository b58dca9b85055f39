import { describe, expect, it } from "vitest";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { EntryGraph } from "../../../../src/chain/devnet/mempool/entry-graph.js";
import { draft, outputsOf } from "./small-chain.js";

const coin = { txid: "ab".repeat(32), index: 0, valueSat: 1_000_000 };

function enter(graph: EntryGraph, transaction: Transaction, feeSat = 1000) {
  const rest = { bytes: new Uint8Array(), sigopsCost: 1, timeS: 0, heightBlocks: 0, isTimeBound: false };
  return graph.add({ transaction, feeSat, sizeVb: transaction.sizeVb, ...rest });
}

describe("the graph of waiting transactions", () => {
  it("unlinks those above from those below when only what stood between them leaves", () => {
    const graph = new EntryGraph();
    const top = draft({ spends: [coin], outputs: 2 });
    const [left, right] = outputsOf(top);
    if (left === undefined || right === undefined) throw new Error("two outputs are needed");
    const middle = draft({ spends: [left] });
    const bottom = draft({ spends: [...outputsOf(middle), right], outputs: 1 });
    const last = draft({ spends: outputsOf(bottom) });
    const [first, second, third, fourth] = [top, middle, bottom, last].map((each) => enter(graph, each));
    if (second === undefined || third === undefined) throw new Error("four entries are needed");
    graph.remove(second);
    expect(first).toMatchObject({ descendantCount: 3, descendantSizeVb: 300 });
    expect(fourth).toMatchObject({ ancestorCount: 3, ancestorFeesSat: 3000 });
    graph.remove(third);
    expect(first).toMatchObject({ descendantCount: 1, descendantFeesSat: 1000 });
    expect(fourth).toMatchObject({ ancestorCount: 1, ancestorSizeVb: 100 });
    expect(graph.size).toBe(2);
  });

  it("forgets an entry once, however often it is removed", () => {
    const graph = new EntryGraph();
    const entry = enter(graph, draft({ spends: [coin] }));
    graph.remove(entry);
    graph.remove(entry);
    expect([graph.size, graph.sizeVb, graph.totalFeeSat]).toEqual([0, 0, 0]);
  });

  it("finds the worst after any number of changes", () => {
    const graph = new EntryGraph();
    const poor = enter(graph, draft({ spends: [coin], outputs: 24 }), 500);
    const better = enter(graph, draft({ spends: [{ ...coin, index: 1 }] }), 600);
    expect(graph.worst()).toBe(poor);
    const spends = outputsOf(poor.transaction);
    for (let turn = 0; turn < 400; turn += 1) {
      const spend = spends[turn % spends.length];
      if (spend === undefined) throw new Error("an output is needed");
      const isRich = turn % 2 === 1;
      const child = enter(graph, draft({ spends: [spend], feeSat: turn }), isRich ? 9000 : 100);
      expect(graph.worst()).toBe(isRich ? better : child);
      graph.remove(child);
      expect(graph.worst()).toBe(poor);
    }
  });

  it("calls the last that came the worst of equal ones", () => {
    const graph = new EntryGraph();
    const [, last] = [0, 1].map((index) => enter(graph, draft({ spends: [{ ...coin, index }] })));
    expect(graph.worst()).toBe(last);
  });
});
