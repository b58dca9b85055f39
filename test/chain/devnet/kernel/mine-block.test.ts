import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { coinbaseHeight } from "../../../../src/chain/block/coinbase-height.js";
import { serializeBlock, serializeTransaction } from "../../../../src/chain/block/serialize-block.js";
import { coinbaseTransaction, heightPush } from "../../../../src/chain/devnet/kernel/coinbase.js";
import { mineBlock, proveWork } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { genesis } from "../../../../src/chain/devnet/kernel/regtest.js";
import {
  blockOf,
  coinbaseOf,
  grow,
  grownKernel,
  miner,
  newKernel,
  planOf,
  spend,
  startS,
} from "./small-chain.js";

interface Step {
  readonly kind: string;
  readonly topic?: string;
  readonly body?: string;
}

const session = JSON.parse(
  readFileSync(new URL("../../../fixtures/bitcoin-core/regtest-session.json", import.meta.url), "utf8"),
) as { readonly steps: readonly Step[] };
const recorded = session.steps
  .filter((step) => step.kind === "zmq" && step.topic === "rawblock")
  .map((step) => Buffer.from(step.body ?? "", "hex"));

describe("mineBlock", () => {
  it("starts from the genesis block of Core's regtest", () => {
    expect(genesis.hash).toBe("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206");
    expect(newKernel().tip).toMatchObject({ heightBlocks: 0, chainWork: 2n, medianTimeS: 1_296_688_602 });
  });

  it("makes the coinbase and the block that a real node made of the same", () => {
    expect(recorded.length).toBeGreaterThan(5);
    for (const bytes of recorded) {
      const block = blockOf(bytes);
      const [coinbase, ...transactions] = block.transactions;
      const { valueSat = 0, scriptPubKey = new Uint8Array() } = coinbase.outputs[0] ?? {};
      const heightBlocks = coinbaseHeight(block) ?? 0;
      const made = coinbaseTransaction({
        heightBlocks,
        extra: Uint8Array.of(0),
        valueSat,
        payoutScript: scriptPubKey,
        transactions,
      });
      expect(Buffer.from(serializeTransaction(made)).toString("hex")).toBe(
        Buffer.from(serializeTransaction(coinbase)).toString("hex"),
      );
      // The node too begins at nonce 0 and takes the first that works.
      const remade = proveWork({
        ...block,
        transactions: [made, ...transactions],
        header: { ...block.header, nonce: 0 },
      });
      expect(Buffer.from(remade).equals(bytes)).toBe(true);
    }
  });

  it.each([
    [1, "51"],
    [16, "60"],
    [17, "0111"],
    [127, "017f"],
    [128, "028000"],
    [255, "02ff00"],
    [256, "020001"],
    [32_767, "02ff7f"],
    [32_768, "03008000"],
  ])("pushes height %i as %s", (heightBlocks, hex) => {
    expect(Buffer.from(heightPush(heightBlocks)).toString("hex")).toBe(hex);
  });

  it("makes the same block of the same plan, and another of other extra bytes", () => {
    const kernel = grownKernel(3);
    const first = mineBlock(kernel, planOf());
    expect(Buffer.from(mineBlock(kernel, planOf())).equals(first)).toBe(true);
    expect(Buffer.from(mineBlock(kernel, planOf({ extra: Uint8Array.of(1) }))).equals(first)).toBe(false);
  });

  it("raises the time above the parent's median", () => {
    const kernel = newKernel();
    const { medianTimeS } = kernel.tip;
    expect(blockOf(mineBlock(kernel, planOf({ timeS: 0 }))).header.timestampS).toBe(medianTimeS + 1);
  });

  it("refuses a plan that no block can follow", () => {
    const kernel = newKernel();
    expect(() => mineBlock(kernel, planOf({ extra: new Uint8Array(91) }))).toThrow(
      expect.objectContaining({ code: "DEVNET_BLOCK_PLAN_INVALID" }),
    );
    expect(() => mineBlock(kernel, planOf({ parentHash: "ab".repeat(32) }))).toThrow(
      expect.objectContaining({ code: "DEVNET_BLOCK_UNKNOWN" }),
    );
  });

  it("connects blocks with transactions of both kinds of key", () => {
    const kernel = grownKernel(101);
    const from = coinbaseOf(kernel, 1);
    const first = spend([from], [{ valueSat: from.valueSat - 1000, script: miner.taproot }]);
    const second = spend(
      [{ txid: first.txid, index: 0, valueSat: from.valueSat - 1000, script: miner.taproot }],
      [{ valueSat: from.valueSat - 3000, script: miner.witnessKey }],
    );
    const { bytes, outcome } = grow(kernel, { transactions: [first, second], feesSat: 3000 });
    expect(outcome).toMatchObject({ outcome: "accepted", entry: { heightBlocks: 102, status: "active" } });
    expect(kernel.coin(second.txid, 0)).toMatchObject({ valueSat: from.valueSat - 3000, isCoinbase: false });
    expect(kernel.coin(first.txid, 0)).toBeUndefined();
    expect(kernel.coinCount).toBe(102);
    expect(kernel.transactionPlace(second.txid)).toMatchObject({ position: 2, entry: { heightBlocks: 102 } });
    expect(kernel.submit(bytes, startS)).toMatchObject({ outcome: "duplicate" });
    expect(Buffer.from(serializeBlock(blockOf(bytes))).equals(bytes)).toBe(true);
  });
});
