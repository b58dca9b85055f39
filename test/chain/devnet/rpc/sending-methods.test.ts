import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

const foreign = "bcrt1qreeeksqde4xzjqpe7xupkfwgs9kjv3uwzwtk36";
const mainnet = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
const unknownTxid = "11".repeat(32);

interface Entry {
  readonly vsize: number;
  readonly fees: { readonly base: number };
  readonly "bip125-replaceable": boolean;
}

describe("the wallet and transactions over JSON-RPC", () => {
  let devnet: TestDevnet;
  beforeAll(async () => {
    devnet = await startDevnet({ initial_blocks: 110 });
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  /** A valid transaction that nobody has: its block was taken back and the mempool emptied. */
  async function unsentHex(options: object = {}): Promise<{ txid: string; hex: string }> {
    const txid = await devnet.named<string>("sendtoaddress", { address: foreign, amount: 1, ...options });
    const hex = await devnet.ask<string>("getrawtransaction", txid);
    devnet.source.actions.clearMempool();
    return { txid, hex };
  }

  it("makes addresses of both kinds, each a new one", async () => {
    const made = [
      await devnet.ask<string>("getnewaddress"),
      await devnet.ask<string>("getnewaddress", "savings"),
      await devnet.ask<string>("getnewaddress", null, "bech32m"),
    ];
    expect(new Set(made).size).toBe(3);
    expect(made.map((address) => address.slice(0, 6))).toEqual(["bcrt1q", "bcrt1q", "bcrt1p"]);
  });

  it("pays at the fee rate that is asked for and takes payment and fee off the balance", async () => {
    const before = await devnet.ask<number>("getbalance");
    const params = { address: foreign, amount: "0.25", fee_rate: 12, replaceable: false, verbose: true };
    const { txid, fee_reason } = await devnet.named<Record<string, string>>("sendtoaddress", params);
    const entry = await devnet.ask<Entry>("getmempoolentry", txid);
    const feeSat = Math.round(entry.fees.base * 1e8);
    expect(fee_reason).toBe("Fee rate given");
    expect(feeSat / entry.vsize).toBeGreaterThanOrEqual(12);
    expect(feeSat / entry.vsize).toBeLessThan(12.2);
    expect(entry["bip125-replaceable"]).toBe(false);
    const spentSat = Math.round((before - (await devnet.ask<number>("getbalance"))) * 1e8);
    expect(spentSat).toBe(25_000_000 + feeSat);
    expect(await devnet.ask("getrawmempool", false, true)).toMatchObject({
      mempool_sequence: expect.any(Number),
    });
    devnet.source.actions.clearMempool();
  });

  it("takes null for a parameter that is left out, as Core does", async () => {
    const positional = [foreign, 0.1, null, null, null, null, null, null, null, 5];
    const txid = await devnet.ask<string>("sendtoaddress", ...positional);
    const { fees, vsize } = await devnet.ask<Entry>("getmempoolentry", txid);
    expect(Math.round(fees.base * 1e8) / vsize).toBeCloseTo(5, 1);
    devnet.source.actions.clearMempool();
  });

  it("takes a raw transaction, takes it again, and knows it once it is confirmed", async () => {
    const { txid, hex } = await unsentHex();
    const [tested] = await devnet.ask<object[]>("testmempoolaccept", [hex]);
    expect(tested).toMatchObject({ txid, allowed: true, vsize: expect.any(Number) });
    expect(await devnet.ask("getrawmempool")).toEqual([]);
    expect(await devnet.ask("sendrawtransaction", hex)).toBe(txid);
    expect(await devnet.ask("sendrawtransaction", hex)).toBe(txid);
    expect(await devnet.ask("testmempoolaccept", [hex])).toMatchObject([
      { allowed: false, "reject-reason": "txn-already-in-mempool" },
    ]);
    await devnet.ask("generatetoaddress", 1, foreign);
    const [code, message] = await devnet.refusal("sendrawtransaction", hex);
    expect([code, message.slice(0, 43)]).toEqual([
      -27,
      `Transaction outputs already in utxo set: ${txid.slice(0, 2)}`,
    ]);
  });

  it("refuses a second spend below the rules of replacement and one of outputs that are gone", async () => {
    const first = await unsentHex({ fee_rate: 2 });
    const second = await unsentHex({ fee_rate: 2, amount: 2 });
    await devnet.ask("sendrawtransaction", first.hex);
    const [code, message] = await devnet.refusal("sendrawtransaction", second.hex);
    expect([code, /insufficient fee/.test(message)]).toEqual([-26, true]);
    await devnet.ask("generatetoaddress", 1, foreign);
    const [missing, words] = await devnet.refusal("sendrawtransaction", second.hex);
    expect([missing, words.slice(0, 35)]).toEqual([-25, "bad-txns-inputs-missingorspent: tra"]);
    expect(await devnet.ask("testmempoolaccept", [second.hex])).toMatchObject([
      { allowed: false, "reject-reason": "missing-inputs" },
    ]);
  });

  it("refuses a fee above maxfeerate, by a number of its own and by testmempoolaccept's word, unless it is 0", async () => {
    const { hex, txid } = await unsentHex({ fee_rate: 50 });
    const [code, message] = await devnet.refusal("sendrawtransaction", hex, 0.0001);
    expect([code, message.startsWith("Fee exceeds maximum configured by user")]).toEqual([-25, true]);
    expect(await devnet.ask("testmempoolaccept", [hex], "0.0001")).toMatchObject([
      { allowed: false, "reject-reason": "max-fee-exceeded" },
    ]);
    expect(await devnet.ask("sendrawtransaction", hex, 0)).toBe(txid);
    devnet.source.actions.clearMempool();
  });

  it.each([
    ["sendrawtransaction", ["zz"], -22, "TX decode failed"],
    ["sendrawtransaction", ["0"], -22, "TX decode failed"],
    ["sendrawtransaction", ["00", 1], -22, "TX decode failed"],
    ["sendrawtransaction", ["00", -1], -22, "TX decode failed"],
    ["sendrawtransaction", ["00", 0.1, -1], -3, "Invalid amount"],
    ["sendrawtransaction", [1], -32_602, "params.hexstring of sendrawtransaction"],
    ["testmempoolaccept", [[]], -32_602, "params.rawtxs of testmempoolaccept"],
    ["testmempoolaccept", [["zz"]], -22, "TX decode failed"],
    ["sendtoaddress", [mainnet, 1], -5, "Invalid address"],
    ["sendtoaddress", ["nonsense", 1], -5, "Invalid address"],
    ["sendtoaddress", [foreign, 0], -3, "Invalid amount"],
    ["sendtoaddress", [foreign, -1], -3, "Invalid amount"],
    ["sendtoaddress", [foreign, 0.000000001], -3, "Invalid amount"],
    ["sendtoaddress", [foreign, 1_000_000], -6, ""],
    ["sendtoaddress", [foreign, 1, "", "", true], -8, "subtractfeefromamount is not available"],
    ["sendtoaddress", [foreign, 1, "", "", false, true, 0], -8, "Invalid conf_target"],
    ["sendtoaddress", [foreign, 1, "", "", false, true, 6, "unset", true, 5], -8, "Cannot specify both"],
    [
      "sendtoaddress",
      [foreign, 1, "", "", false, true, null, "unset", true, 1e9],
      -3,
      "Invalid amount: a fee rate",
    ],
    [
      "sendtoaddress",
      [foreign, 1, "", "", false, true, null, "unset", true, "x"],
      -3,
      "Invalid amount: a fee rate",
    ],
    ["getnewaddress", ["", "legacy"], -5, "Unknown address type 'legacy'"],
    ["getnewaddress", ["", "__proto__"], -5, "Unknown address type"],
    ["getbalance", ["*", 1], -32_602, "params.minconf of getbalance"],
    ["getmempoolentry", [unknownTxid], -5, "Transaction not in mempool"],
    ["getrawmempool", [true, true], -8, "Verbose results cannot contain mempool sequence values."],
    ["estimatesmartfee", [1009], -8, "Invalid conf_target, must be between 1 and 1008"],
  ])("%s %j is refused with %i", async (method, params, number, words) => {
    const [code, message] = await devnet.refusal(method, ...params);
    expect([code, message.slice(0, words.length)]).toEqual([number, words]);
  });

  it("refuses a fee rate of a whole bitcoin, and to burn more than is allowed", async () => {
    const { hex } = await unsentHex();
    expect((await devnet.refusal("sendrawtransaction", hex, 1))[0]).toBe(-8);
    // One input of nobody, one output of a bitcoin that says OP_RETURN.
    const burnt = `0200000001${"22".repeat(32)}0000000000ffffffff0100e1f50500000000016a00000000`;
    const [code, message] = await devnet.refusal("sendrawtransaction", burnt);
    expect([code, message.startsWith("Unspendable output exceeds maximum")]).toEqual([-25, true]);
    expect((await devnet.refusal("sendrawtransaction", burnt, 0, 1))[0]).not.toBe(-22);
  });
});
