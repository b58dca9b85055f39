import { describe, expect, it } from "vitest";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { altered, changed } from "../kernel/broken-blocks.js";
import {
  blockOf,
  coinbaseOf,
  grow,
  grownKernel,
  keyOf,
  miner,
  planOf,
  type Spend,
  spend,
} from "../kernel/small-chain.js";
import { checkBlocks } from "./check-blocks.js";

const sighashes = [1, 2, 3, 0x81, 0x82, 0x83];
const kernel = grownKernel(112);
let paid = 0;
for (const height of [1, 2, 3]) {
  const from = coinbaseOf(kernel, height);
  const valueSat = Math.floor(from.valueSat / 4) - 300;
  const scripts = [miner.witnessKey, miner.taproot, miner.taproot, miner.witnessKey];
  const split = spend(
    [from],
    scripts.map((script) => ({ valueSat, script })),
  );
  const inputs = scripts.map((script, index): Spend => {
    const sighash = sighashes[(height + index) % sighashes.length] ?? 1;
    return { txid: split.txid, index, valueSat, script, sighash };
  });
  const merged = spend(
    inputs,
    scripts.map(() => ({ valueSat: valueSat - 500, script: keyOf(height).taproot })),
  );
  grow(kernel, { transactions: [split, merged], feesSat: 1200 + 2000 });
  paid += 2;
}
const blocks = Array.from({ length: kernel.tip.heightBlocks }, (_, index) => {
  return kernel.blockBytes(kernel.entryAt(index + 1)?.hash ?? "") ?? new Uint8Array();
});

describe("a program that shares no code with the kernel", () => {
  it("finds the mined chain valid, with the same coins and every signature", () => {
    expect(checkBlocks(blocks)).toMatchObject({
      height: 115,
      tip: kernel.tip.hash,
      transactions: 115 + paid,
      inputs: 15,
      signatures: 15,
      coins: kernel.coinCount,
      coinsSat: 115 * 5_000_000_000,
    });
  });

  const spending = coinbaseOf(kernel, 5);
  const transaction = spend([spending], [{ valueSat: spending.valueSat, script: miner.taproot }]);
  const next = blockOf(mineBlock(kernel, planOf({ transactions: [transaction] })));
  const [coinbase] = next.transactions;
  const resigned = altered(transaction, { outputs: [{ valueSat: spending.valueSat - 1 }] });
  it.each<[string, Uint8Array]>([
    ["a hash above the target", changed(next, { provesNothing: true })],
    ["a parent that isn't the block before", changed(next, { header: { previousHash: "00".repeat(32) } })],
    ["a merkle root of other transactions", changed(next, { header: { merkleRoot: "00".repeat(32) } })],
    ["a time not above the median", changed(next, { header: { timestampS: 1_600_000_000 } })],
    ["a coinbase above subsidy and fees", mineBlock(kernel, planOf({ feesSat: 1 }))],
    [
      "a coinbase that doesn't tell the height",
      changed(next, {
        transactions: [altered(coinbase, { inputs: [{ scriptSig: Uint8Array.of(1, 1) }] }), transaction],
      }),
    ],
    ["a witness commitment to other witnesses", changed(next, { transactions: [coinbase, resigned] })],
    ["an ECDSA signature that doesn't hold", mineBlock(kernel, planOf({ transactions: [resigned] }))],
    [
      "spends what isn't there or was spent",
      mineBlock(kernel, planOf({ transactions: [transaction, transaction] })),
    ],
    [
      "an immature coinbase spent",
      mineBlock(
        kernel,
        planOf({ transactions: [spend([coinbaseOf(kernel, 20)], [{ valueSat: 1, script: miner.taproot }])] }),
      ),
    ],
  ])("tells %s", (rule, bytes) => {
    // The signature is that of the chain's sixteenth input.
    expect(() => checkBlocks([...blocks, bytes], 16)).toThrow(new RegExp(`^block 116: .*${rule}`));
  });
});
