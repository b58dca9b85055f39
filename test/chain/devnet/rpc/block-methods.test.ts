import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

const genesisHash = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
const genesisCoinbase = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b";
const unknownHash = "11".repeat(32);

interface FullTransaction {
  readonly fee?: number;
  readonly vin: readonly { readonly prevout?: { readonly value: number; readonly height: number } }[];
  readonly vout: readonly { readonly value: number }[];
}

describe("blocks, transactions and the chain over JSON-RPC", () => {
  let devnet: TestDevnet;
  let txid: string;

  beforeAll(async () => {
    devnet = await startDevnet({ initial_blocks: 102 });
    const address = await devnet.ask<string>("getnewaddress", "", "bech32m");
    txid = await devnet.ask("sendtoaddress", address, "1.5");
    await devnet.ask("generatetoaddress", 1, address);
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  it("tells the genesis block of regtest to the byte", async () => {
    expect(await devnet.ask("getblockhash", 0)).toBe(genesisHash);
    expect(await devnet.ask("getblock", genesisHash)).toMatchObject({
      tx: [genesisCoinbase],
      size: 285,
      height: 0,
    });
    expect(await devnet.ask("getblockheader", genesisHash)).not.toHaveProperty("previousblockhash");
  });

  it("gives a block by each verbosity: hex, ids, transactions with fees, and what they spend", async () => {
    const tip = await devnet.ask<string>("getbestblockhash");
    const hex = await devnet.ask<string>("getblock", tip, 0);
    const header = await devnet.ask<string>("getblockheader", tip, false);
    expect(hex.startsWith(header)).toBe(true);
    expect(await devnet.ask("getblock", tip, false)).toBe(hex);
    expect(await devnet.ask("getblock", tip, true)).toMatchObject({ tx: [expect.any(String), txid] });
    const { tx } = await devnet.ask<{ tx: readonly FullTransaction[] }>("getblock", tip, 2);
    expect(tx[0]).not.toHaveProperty("fee");
    expect(tx[1]?.vin[0]).not.toHaveProperty("prevout");
    const full = await devnet.ask<{ tx: readonly FullTransaction[] }>("getblock", tip, 3);
    const [, payment] = full.tx;
    expect(payment?.fee).toBe(tx[1]?.fee);
    const inSat = payment?.vin.reduce((sum, { prevout }) => sum + Math.round((prevout?.value ?? 0) * 1e8), 0);
    const outSat = payment?.vout.reduce((sum, { value }) => sum + Math.round(value * 1e8), 0);
    expect((inSat ?? 0) - (outSat ?? 0)).toBe(Math.round((payment?.fee ?? 0) * 1e8));
    expect(payment?.fee).toBeGreaterThan(0);
  });

  it("tells where a confirmed transaction is, also when its block is named, and no more outside the best chain", async () => {
    const tip = await devnet.ask<string>("getbestblockhash");
    const where = { blockhash: tip, confirmations: 1 };
    expect(await devnet.ask("getrawtransaction", txid, 1)).toMatchObject(where);
    expect(await devnet.ask("getrawtransaction", txid, 2)).toMatchObject({
      ...where,
      fee: expect.any(Number),
    });
    expect(await devnet.ask("getrawtransaction", txid, true, tip)).toMatchObject({
      ...where,
      in_active_chain: true,
    });
    await devnet.ask("invalidateblock", tip);
    expect(await devnet.ask("getrawtransaction", txid, 1)).not.toHaveProperty("blockhash");
    const lost = { blockhash: tip, confirmations: 0, in_active_chain: false };
    expect(await devnet.ask("getrawtransaction", txid, true, tip)).toMatchObject(lost);
    expect(await devnet.ask("getblockheader", tip)).toMatchObject({ confirmations: -1, height: 103 });
    expect(await devnet.ask("getchaintips")).toEqual([
      { height: 103, hash: tip, branchlen: 1, status: "invalid" },
      { height: 102, hash: await devnet.ask("getbestblockhash"), branchlen: 0, status: "active" },
    ]);
    await devnet.ask("reconsiderblock", tip);
    expect(await devnet.ask("getbestblockhash")).toBe(tip);
  });

  it("tells outputs that are unspent, those of waiting transactions where they are asked for", async () => {
    expect(await devnet.ask("gettxout", txid, 0, false)).toMatchObject({ confirmations: 1, coinbase: false });
    const waiting = await devnet.ask<string>("sendtoaddress", await devnet.ask("getnewaddress"), 40);
    expect(await devnet.ask("gettxout", waiting, 0)).toMatchObject({ confirmations: 0 });
    expect(await devnet.ask("gettxout", waiting, 0, false)).toBeNull();
    const { vin } = await devnet.ask<{ vin: { txid: string; vout: number }[] }>(
      "getrawtransaction",
      waiting,
      1,
    );
    const [spent] = vin;
    expect(await devnet.ask("gettxout", spent?.txid, spent?.vout)).toBeNull();
    expect(await devnet.ask("gettxout", spent?.txid, spent?.vout, false)).toMatchObject({
      value: expect.any(Number),
    });
    expect(await devnet.ask("gettxout", unknownHash, 0)).toBeNull();
  });

  it("counts unspent outputs as the kernel does", async () => {
    const { txouts, height } = await devnet.ask<{ txouts: number; height: number }>(
      "gettxoutsetinfo",
      "none",
    );
    expect(height).toBe(await devnet.ask("getblockcount"));
    // One for each coinbase but the genesis block's, and the payment made one more.
    expect(txouts).toBe(height + 1);
  });

  it("sets the chain's clock, and a block is not earlier than it", async () => {
    await devnet.ask("setmocktime", 2_000_000_000);
    const address = await devnet.ask<string>("getnewaddress");
    const [hash] = await devnet.ask<string[]>("generatetoaddress", 1, address);
    expect(await devnet.ask("getblockheader", hash)).toMatchObject({ time: 2_000_000_000 });
    await devnet.ask("invalidateblock", hash);
    await devnet.ask("setmocktime", 0);
  });

  it.each([
    ["getblock", [unknownHash], -5, "Block not found"],
    ["getblock", ["zz".repeat(32)], -8, "blockhash must be hexadecimal string"],
    ["getblock", [7], -32_602, "params.blockhash of getblock"],
    ["getblock", [], -32_602, "params.blockhash of getblock"],
    ["getblock", [unknownHash, "1"], -32_602, "params.verbosity of getblock"],
    ["getblockhash", [-1], -8, "Block height out of range"],
    ["getblockhash", [1.5], -32_602, "params.height of getblockhash"],
    ["getblockheader", [unknownHash], -5, "Block not found"],
    ["getrawtransaction", [unknownHash], -5, "No such mempool or blockchain transaction"],
    [
      "getrawtransaction",
      [unknownHash, 1, genesisHash],
      -5,
      "No such transaction found in the provided block",
    ],
    ["getrawtransaction", [unknownHash, 1, unknownHash], -5, "Block not found"],
    ["getrawtransaction", [unknownHash, 1, "00"], -8, "parameter 3 must be of length 64"],
    ["gettxout", ["ab", 0], -8, "txid must be of length 64"],
    ["gettxout", [unknownHash, -1], -32_602, "params.n of gettxout"],
    ["gettxoutsetinfo", ["muhash"], -8, "'muhash' is not a valid hash_type"],
    ["invalidateblock", [unknownHash], -5, "Block not found"],
    ["reconsiderblock", [unknownHash], -5, "Block not found"],
    ["setmocktime", [-1], -8, "Mocktime must be in the range"],
    ["setmocktime", [2 ** 32], -8, "Mocktime must be in the range"],
    ["getblockcount", [1], -32_602, "params of getblockcount"],
  ])("%s %j is refused with %i", async (method, params, number, words) => {
    const [code, message] = await devnet.refusal(method, ...params);
    expect([code, message.slice(0, words.length)]).toEqual([number, words]);
  });

  it("refuses to invalidate the genesis block and goes on", async () => {
    const tip = await devnet.ask("getbestblockhash");
    const { error } = await devnet.call("invalidateblock", genesisHash);
    expect(error?.data.code).toBe("DEVNET_GENESIS_KEPT");
    expect(await devnet.ask("getbestblockhash")).toBe(tip);
  });
});
