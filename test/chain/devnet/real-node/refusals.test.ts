import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serializeTransaction } from "../../../../src/chain/block/serialize-block.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import { type RealNode, realBitcoind, startRealNode } from "../../../kit/real-node.js";
import { altered } from "../kernel/broken-blocks.js";
import { kernel, refusedBlocks } from "../kernel/refused-blocks.js";
import { blockOf, coinbaseOf, keyOf, miner, type Spend, spend, startS } from "../kernel/small-chain.js";
import { startDevnet, type TestDevnet } from "../rpc/start-devnet.js";

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const coins = [1, 2, 3, 4].map((height) => coinbaseOf(kernel, height));
const coin = (index: number) => coins[index] as Spend;
/** Pays all of a coin but the fee to the miner. */
const pay = (from: Spend, feeSat: number, more: Parameters<typeof spend>[2] = {}) =>
  spend([from], [{ valueSat: from.valueSat - feeSat, script: miner.taproot }], more);
/** Waits in both mempools; nobody may replace it for little. */
const waiting = pay(coin(0), 1000);
const child = spend(
  [{ ...coin(0), txid: waiting.txid, index: 0, valueSat: coin(0).valueSat - 1000, script: miner.taproot }],
  [{ valueSat: 5000, script: miner.taproot }],
);

const refusedTransactions: readonly (readonly [name: string, make: () => Transaction])[] = [
  ["a signature for other outputs", () => altered(pay(coin(1), 1000), { outputs: [{ valueSat: 5000 }] })],
  [
    "a signature of another key",
    () =>
      spend([{ ...coin(1), script: keyOf(7).witnessKey }], [{ valueSat: 1e6, script: miner.taproot }], {
        key: keyOf(7).key,
      }),
  ],
  ["no signature", () => altered(pay(coin(1), 1000), { inputs: [{ witness: [] }], hasWitness: false })],
  ["a coin that nobody has", () => altered(pay(coin(1), 1000), { inputs: [{ previousIndex: 1 }] })],
  ["a coinbase that is too young", () => pay(coinbaseOf(kernel, 5), 1000)],
  [
    "more than its coins bring",
    () => altered(pay(coin(1), 0), { outputs: [{ valueSat: coin(1).valueSat + 1 }] }),
  ],
  ["a coin spent twice within", () => altered(pay(coin(1), 1000), { inputs: [{}, {}] })],
  ["a lock time to come", () => pay(coin(1), 1000, { lockTime: 200 })],
  ["a relative lock time to come", () => pay({ ...coin(1), sequence: 200 }, 1000)],
  ["a coinbase", () => blockTransactionOf(5)],
  ["no fee", () => pay(coin(1), 0)],
  ["a fee below the node's least", () => pay(coin(1), 100)],
  ["a fee that nobody means", () => pay(coin(1), 10_000_000)],
  ["an output of dust", () => spend([coin(1)], [{ valueSat: 100, script: miner.taproot }])],
  ["two outputs of data", () => withOutputs([Uint8Array.of(0x6a, 1, 7), Uint8Array.of(0x6a, 1, 8)])],
  ["a script that isn't standard", () => withOutputs([Uint8Array.of(0x51, 0x51, 0x51)])],
  [
    "burnt money",
    () => spend([coin(1)], [{ valueSat: coin(1).valueSat - 1000, script: Uint8Array.of(0x6a, 1, 7) }]),
  ],
  ["a version of the future", () => altered(pay(coin(1), 1000), { version: 4 })],
  [
    "a replacement that pays no more",
    () => spend([coin(0)], [{ valueSat: coin(0).valueSat - 1000, script: miner.witnessKey }]),
  ],
  [
    "a replacement that pays too little more",
    () => spend([coin(0)], [{ valueSat: coin(0).valueSat - 1100, script: miner.witnessKey }]),
  ],
  [
    "a replacement of its own parent",
    () =>
      spend(
        [
          coin(0),
          {
            ...coin(0),
            txid: waiting.txid,
            index: 0,
            valueSat: coin(0).valueSat - 1000,
            script: miner.taproot,
          },
        ],
        [{ valueSat: 5000, script: miner.taproot }],
      ),
  ],
];

async function testedWord(one: Pick<RealNode, "ask">, hex: string): Promise<string> {
  const [answer] = await one.ask<{ "reject-reason"?: string }[]>("testmempoolaccept", [hex]);
  return answer?.["reject-reason"] ?? "";
}

function withOutputs(scripts: readonly Uint8Array[]): Transaction {
  return spend(
    [coin(1)],
    [
      { valueSat: coin(1).valueSat - 10_000, script: miner.taproot },
      ...scripts.map((script) => ({ valueSat: 0, script })),
    ],
  );
}
function blockTransactionOf(height: number): Transaction {
  const { transactions } = blockOf(kernel.blockBytes(kernel.entryAt(height)?.hash ?? "") ?? new Uint8Array());
  return transactions[0];
}

/** Where nodes of other versions have another word for the same; the devnet has that of Core 30. */
const otherWords: Readonly<Record<string, readonly unknown[]>> = {
  // Knots has a rule of its own for versions below zero.
  "bad-version(0xffffffff)": ["bad-version-sha256d"],
  "block-script-verify-flag-failed (Script failed an OP_EQUALVERIFY operation)": [
    "mandatory-script-verify-flag-failed (Script failed an OP_EQUALVERIFY operation)",
  ],
  // What is no block isn't answered: the call fails, on the devnet too.
  "block-undecodable": ["-22 Block decode failed"],
};

describe.skipIf(realBitcoind() === undefined)("a real node on a devnet's chain", () => {
  let node: RealNode;
  beforeAll(async () => {
    node = await startRealNode({
      args: [`-mocktime=${startS}`, "-minrelaytxfee=0.00001", "-incrementalrelayfee=0.00001"],
    });
    for (let height = 1; height <= kernel.tip.heightBlocks; height += 1) {
      const bytes = kernel.blockBytes(kernel.entryAt(height)?.hash ?? "") ?? new Uint8Array();
      expect(await node.ask("submitblock", hexOf(bytes))).toBeNull();
    }
  });
  afterAll(() => node?.[Symbol.asyncDispose]());

  describe("and the devnet, offered a transaction", () => {
    let devnet: TestDevnet;
    beforeAll(async () => {
      devnet = await startDevnet();
      await devnet.ask("setmocktime", startS);
      for (let height = 1; height <= kernel.tip.heightBlocks; height += 1) {
        const bytes = kernel.blockBytes(kernel.entryAt(height)?.hash ?? "") ?? new Uint8Array();
        expect(await devnet.ask("submitblock", hexOf(bytes))).toBeNull();
      }
      for (const one of [devnet, node])
        await one.ask("sendrawtransaction", hexOf(serializeTransaction(waiting)));
      for (const one of [devnet, node])
        await one.ask("sendrawtransaction", hexOf(serializeTransaction(child)), 0);
    });
    afterAll(() => devnet?.[Symbol.asyncDispose]());

    it.each(refusedTransactions)("refuse %s with the same number and word", async (_, make) => {
      const hex = hexOf(serializeTransaction(make()));
      const [theirCode, theirs] = await node.refusal("sendrawtransaction", hex);
      const [ourCode, ours] = await devnet.refusal("sendrawtransaction", hex);
      const [theirWord, ourWord] = [await testedWord(node, hex), await testedWord(devnet, hex)];
      expect([ourCode, ourWord]).toEqual([theirCode, theirWord]);
      // After its word the node tells particulars, and the devnet what to do.
      const word = theirCode === -26 ? theirWord : theirs;
      expect([theirs.startsWith(word), ours.startsWith(`${word}:`) ? "" : ours]).toEqual([true, ""]);
    });
  });

  it.each(refusedBlocks)("refuses a block with the devnet's word: %s", async (reason, make) => {
    const answer = await node
      .ask("submitblock", hexOf(make()))
      .catch(
        ({ details }: { details: { rpcCode: number; reason: string } }) =>
          `${details.rpcCode} ${details.reason}`,
      );
    expect([reason, ...(otherWords[reason] ?? [])]).toContain(answer);
    expect(await node.ask("getbestblockhash")).toBe(kernel.tip.hash);
  });
});
