import { describe, expect, it } from "vitest";
import { createChainKernel } from "../../../../src/chain/devnet/kernel/create-kernel.js";
import { coinbaseOf, grow, MemoryArchive, miner, type Spend, spend } from "./small-chain.js";

describe("taking a block off", () => {
  it("reads each block that it spent from once, whatever the order of its inputs", () => {
    const archive = new MemoryArchive();
    const kernel = createChainKernel({ archive }, { keptBlockBytes: 0 });
    for (let count = 0; count < 102; count += 1) grow(kernel);
    const families = [1, 2].map((heightBlocks) => {
      const coin = coinbaseOf(kernel, heightBlocks);
      const valueSat = coin.valueSat / 4;
      const parent = spend([coin], Array<Spend>(4).fill({ ...coin, valueSat }));
      grow(kernel, { transactions: [parent] });
      return parent.outputs.map((_, index) => ({ ...coin, txid: parent.txid, index, valueSat }));
    });
    const [left = [], right = []] = families;
    const alternating = left.flatMap((coin, index) => [coin, right[index] as Spend]);
    const last = spend(alternating, [{ valueSat: 10_000_000_000, script: miner.taproot }]);
    const before = { tip: kernel.tip, coins: kernel.coinCount };
    grow(kernel, { transactions: [last] });

    const read: string[] = [];
    const getBlock = archive.getBlock.bind(archive);
    archive.getBlock = (hash) => {
      read.push(hash);
      return getBlock(hash);
    };
    const expected = [kernel.tip, before.tip, kernel.entryAt(103)].map((entry) => entry?.hash);
    expect(kernel.invalidate(kernel.tip.hash)).toMatchObject([
      { kind: "disconnected", block: { feesSat: 0 } },
    ]);
    expect(read.sort()).toEqual(expected.sort());
    expect({ tip: kernel.tip, coins: kernel.coinCount }).toEqual(before);
    expect(kernel.coin(left[0]?.txid ?? "", 3)).toMatchObject({ heightBlocks: 103, isCoinbase: false });
  });
});
