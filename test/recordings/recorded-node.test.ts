import { describe, expect, it } from "vitest";
import { RecordedNode } from "../../src/recordings/recorded-node.js";

const hash = (n: number) => n.toString(16).padStart(64, "0");
const block = (height: number) =>
  ({ type: "NewBlock", payload: { block_hash: hash(height), height } }) as const;
const added = (n: number) =>
  ({
    type: "MempoolTransactionAdded",
    payload: { tx_hash: hash(n), fee_rate: 1, mempool_size: 1 },
  }) as const;
const { signal } = new AbortController();

describe("RecordedNode", () => {
  it("remembers so many blocks and waiting transactions and no more", async () => {
    const node = new RecordedNode({ maxBlocks: 3, maxTransactions: 2 });
    for (const height of [10, 11, 12, 13]) node.take(block(height));
    for (const n of [1, 2, 3]) node.take(added(n));
    const queries = node.queries(signal);
    expect(await queries.blockHashAt?.(10)).toBeUndefined();
    expect(await queries.blockHashAt?.(11)).toBe(hash(11));
    expect(await queries.mempoolTransactions?.()).toEqual([hash(2), hash(3)]);
    expect([...node.leave()].map(({ type }) => type)).toEqual([
      "BlockDisconnected",
      "BlockDisconnected",
      "BlockDisconnected",
      "MempoolCleared",
    ]);
    expect(node.tip()).toBeUndefined();
  });

  it("forgets its blocks where some were lost on the way", async () => {
    const node = new RecordedNode();
    for (const height of [10, 11, 20]) node.take(block(height));
    expect(node.tip()).toEqual({ hash: hash(20), heightBlocks: 20 });
    expect(await node.queries(signal).blockHashAt?.(11)).toBeUndefined();
  });

  it("stands at difficulty 1 until an event tells another target", () => {
    const node = new RecordedNode();
    node.take(block(1));
    expect(node.chainInfo()).toMatchObject({ difficulty: 1, chain_work: "100010001".padStart(64, "0") });
    node.take({
      type: "DifficultyAdjusted",
      payload: { old_difficulty: 0x1d00ffff, new_difficulty: 0x1b0404cb, height: 2 },
    });
    node.take(block(2));
    expect(node.chainInfo()?.difficulty).toBeCloseTo(16_307.42, 2);
  });
});
