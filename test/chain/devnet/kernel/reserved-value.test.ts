import { describe, expect, it } from "vitest";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { altered, changed } from "./broken-blocks.js";
import { blockOf, grownKernel, planOf, startS } from "./small-chain.js";

describe("a block whose coinbase has no witness", () => {
  it("is completed and kept with the reserved value where it commits to witnesses", () => {
    const kernel = grownKernel(2);
    const whole = mineBlock(kernel, planOf());
    const { hash, transactions, header } = blockOf(whole);
    const [coinbase] = transactions;
    const bare = altered(coinbase, { inputs: [{ witness: [] }], hasWitness: false });
    const bytes = changed(blockOf(whole), { transactions: [bare], header });
    expect(blockOf(bytes).hash).toBe(hash);
    expect(kernel.submit(bytes, startS)).toMatchObject({ outcome: "accepted", entry: { hash } });
    expect(kernel.tip.hash).toBe(hash);
    expect(Buffer.from(kernel.blockBytes(hash) ?? [])).toEqual(Buffer.from(whole));
  });

  it("is kept as it came where it commits to nothing", () => {
    const kernel = grownKernel(2);
    const block = blockOf(mineBlock(kernel, planOf()));
    const [coinbase] = block.transactions;
    const outputs = coinbase.outputs.slice(0, 1);
    const bare = altered(coinbase, { inputs: [{ witness: [] }], outputs, hasWitness: false });
    const bytes = changed(block, { transactions: [bare] });
    expect(kernel.submit(bytes, startS)).toMatchObject({ outcome: "accepted" });
    expect(kernel.blockBytes(kernel.tip.hash)).toEqual(bytes);
  });
});
