import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseBlock } from "../../../../src/chain/block/parse-block.js";
import { serializeBlock } from "../../../../src/chain/block/serialize-block.js";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

const foreign = "bcrt1qreeeksqde4xzjqpe7xupkfwgs9kjv3uwzwtk36";
const segwit = { rules: ["segwit"] };

interface Template {
  readonly transactions: readonly {
    readonly txid: string;
    readonly depends: readonly number[];
    readonly fee: number;
  }[];
  readonly coinbasevalue: number;
  readonly default_witness_commitment: string;
  readonly version: number;
  readonly vbavailable: object;
  readonly longpollid: string;
  readonly height: number;
}

describe("mining over JSON-RPC", () => {
  let devnet: TestDevnet;
  beforeAll(async () => {
    devnet = await startDevnet({ initial_blocks: 140 });
  });
  afterAll(() => devnet[Symbol.asyncDispose]());

  it("mines blocks to an address, in order, each on the one before", async () => {
    const tip = await devnet.ask("getbestblockhash");
    const hashes = await devnet.ask<string[]>("generatetoaddress", 3, foreign);
    expect(hashes).toHaveLength(3);
    const headers = await Promise.all(hashes.map((hash) => devnet.ask("getblockheader", hash)));
    expect(headers).toMatchObject(
      [tip, ...hashes.slice(0, 2)].map((previousblockhash) => ({ previousblockhash })),
    );
    const { tx } = await devnet.ask<{ tx: { vout: object[] }[] }>("getblock", hashes[2], 2);
    expect(tx[0]?.vout[0]).toMatchObject({ scriptPubKey: { address: foreign } });
    expect(await devnet.ask("generatetoaddress", 0, foreign)).toEqual([]);
    expect(await devnet.ask("generatetoaddress", 5, foreign, 0)).toEqual([]);
  });

  it("mines exactly the transactions that are named, by id or raw, or only shows the block", async () => {
    const one = await devnet.ask<string>("sendtoaddress", foreign, 0.1);
    const two = await devnet.ask<string>("sendtoaddress", foreign, 0.2);
    const raw = await devnet.ask<string>("getrawtransaction", one);
    const shown = await devnet.ask<{ hash: string; hex: string }>("generateblock", foreign, [raw], false);
    expect(parseBlock(Buffer.from(shown.hex, "hex"))).toMatchObject({ hash: shown.hash });
    expect((await devnet.refusal("getblock", shown.hash))[0]).toBe(-5);
    expect(await devnet.ask("submitblock", shown.hex)).toBeNull();
    expect(await devnet.ask("getrawmempool")).toEqual([two]);
    const mined = await devnet.ask<{ hash: string }>("generateblock", `addr(${foreign})`, []);
    expect(await devnet.ask("getblock", mined.hash)).toMatchObject({ nTx: 1 });
    expect(await devnet.ask("getrawmempool")).toEqual([two]);
  });

  it("gives a template of which a block is made that the chain takes", async () => {
    const parent = await devnet.ask<string>("sendtoaddress", foreign, 0.3);
    const template = await devnet.ask<Template>("getblocktemplate", segwit);
    expect(template.transactions.map(({ txid }) => txid)).toContain(parent);
    const feesSat = template.transactions.reduce((sum, { fee }) => sum + fee, 0);
    expect(template.coinbasevalue).toBe(5_000_000_000 + feesSat);
    const { hex } = await devnet.ask<{ hex: string }>(
      "generateblock",
      foreign,
      template.transactions.map(({ txid }) => txid),
      false,
    );
    const block = parseBlock(Buffer.from(hex, "hex"));
    const scripts = block.transactions[0].outputs.map(({ scriptPubKey }) =>
      Buffer.from(scriptPubKey).toString("hex"),
    );
    expect(scripts).toContain(template.default_witness_commitment);
    expect(block.header.version).toBe(template.version);
    expect(block.transactions[0].outputs[0]?.valueSat).toBe(template.coinbasevalue);
    const proposal = { mode: "proposal", data: hex, ...segwit };
    expect(await devnet.ask("getblocktemplate", proposal)).toBeNull();
    expect(await devnet.ask("submitblock", hex)).toBeNull();
    expect(await devnet.ask("getblocktemplate", proposal)).toBe("duplicate");
  });

  it("counts the transactions that another one of the template spends from 1", async () => {
    const parent = await devnet.ask<string>("sendtoaddress", foreign, 0.4);
    const payment = { valueSat: 10_000_000, feeRateSatPerVb: 30, parent };
    const child = devnet.source.actions.pay(payment).transaction.txid;
    const { transactions } = await devnet.ask<Template>("getblocktemplate", segwit);
    const at = transactions.findIndex(({ txid }) => txid === parent);
    expect(transactions.find(({ txid }) => txid === child)?.depends).toEqual([at + 1]);
    expect(await devnet.ask("getmempoolentry", child)).toMatchObject({ depends: [parent], ancestorcount: 2 });
    expect(await devnet.ask("getmempoolentry", parent)).toMatchObject({
      spentby: [child],
      descendantcount: 2,
    });
    devnet.source.actions.clearMempool();
  });

  it("says what became of a block in BIP22's words", async () => {
    const { hex: sibling } = await devnet.ask<{ hex: string }>("generateblock", foreign, [], false);
    const [hash = ""] = await devnet.ask<string[]>("generatetoaddress", 1, foreign);
    const hex = await devnet.ask<string>("getblock", hash, 0);
    expect(await devnet.ask("submitblock", hex)).toBe("duplicate");
    expect(await devnet.ask("submitblock", sibling)).toBe("inconclusive");
    expect(await devnet.ask("submitblock", sibling)).toBe("duplicate");
    const late = { mode: "proposal", data: sibling };
    expect(await devnet.ask("getblocktemplate", late)).toBe("duplicate-inconclusive");
    await devnet.ask("invalidateblock", hash);
    expect(await devnet.ask("submitblock", hex)).toBe("duplicate-invalid");
    expect(await devnet.ask("getblocktemplate", { mode: "proposal", data: hex })).toBe("duplicate-invalid");
    await devnet.ask("reconsiderblock", hash);
    const block = parseBlock(Buffer.from(hex, "hex"));
    const spoilt = (header: object) =>
      Buffer.from(serializeBlock({ ...block, header: { ...block.header, ...header } })).toString("hex");
    expect(await devnet.ask("submitblock", spoilt({ bits: 0x1d00ffff }))).toMatch(
      /^(high-hash|bad-diffbits)$/,
    );
    const orphan = { mode: "proposal", data: spoilt({ previousHash: "77".repeat(32) }) };
    expect(await devnet.ask("getblocktemplate", orphan)).toBe("inconclusive-not-best-prevblk");
  });

  it("counts the steps of testdummy into templates and versions, as Core's regtest does", async () => {
    const before = await devnet.ask<Template>("getblocktemplate", segwit);
    expect([before.version, before.vbavailable]).toEqual([
      before.height < 144 ? 0x2000_0000 : 0x3000_0000,
      before.height < 144 ? {} : { testdummy: 28 },
    ]);
    await devnet.ask("generatetoaddress", Math.max(0, 150 - before.height), foreign);
    const after = await devnet.ask<Template>("getblocktemplate", segwit);
    expect(after).toMatchObject({ version: 0x3000_0000, vbavailable: { testdummy: 28 } });
    expect(after.coinbasevalue).toBe(after.height >= 150 ? 2_500_000_000 : 5_000_000_000);
  });

  it("answers a long poll at once when its template is old, and with the next block when it is not", async () => {
    const { longpollid } = await devnet.ask<Template>("getblocktemplate", segwit);
    const waiting = devnet.ask<Template>("getblocktemplate", { ...segwit, longpollid });
    const order: string[] = [];
    void waiting.then(() => order.push("poll"));
    await devnet.ask("getblockcount");
    order.push("count");
    const [hash] = await devnet.ask<string[]>("generatetoaddress", 1, foreign);
    expect(await waiting).toMatchObject({ previousblockhash: hash });
    expect(order).toEqual(["count", "poll"]);
    expect(await devnet.ask("getblocktemplate", { ...segwit, longpollid })).toMatchObject({
      previousblockhash: hash,
    });
  });

  it("answers with the rule for a block that reads well and breaks one", async () => {
    const { hex: block } = await devnet.ask<{ hex: string }>("generateblock", foreign, [], false);
    // The coinbase's input begins behind the header, the count, the version, marker, flag and the inputs' count.
    const spending = `${block.slice(0, 176)}${"11".repeat(32)}${block.slice(240)}`;
    expect(await devnet.ask("submitblock", spending)).toBe("bad-txnmrklroot");
  });

  it.each([
    ["generatetoaddress", [1001, foreign], -8, "nblocks is 1001"],
    ["generatetoaddress", [-1, foreign], -8, "nblocks is -1"],
    ["generatetoaddress", [1, "nobody"], -5, "Error: Invalid address"],
    ["generatetoaddress", ["1", foreign], -32_602, "params.nblocks of generatetoaddress"],
    ["generateblock", ["nobody", []], -5, "Error: Invalid address or descriptor"],
    ["generateblock", [foreign, ["11".repeat(32)]], -5, `Transaction ${"11".repeat(32)} not in mempool.`],
    ["generateblock", [foreign, ["zz"]], -22, "Transaction decode failed for zz."],
    ["generateblock", [foreign], -32_602, "params.transactions of generateblock"],
    ["submitblock", [""], -22, "Block decode failed"],
    ["submitblock", ["xyz"], -22, "Block decode failed"],
    ["submitblock", ["00".repeat(80)], -22, "Block decode failed"],
    ["getblocktemplate", [], -8, "getblocktemplate must be called with the segwit rule set"],
    ["getblocktemplate", [{ mode: "other" }], -8, "Invalid mode: other"],
    ["getblocktemplate", [{ mode: "proposal" }], -8, "Missing data String key for proposal"],
    ["getblocktemplate", [{ mode: "proposal", data: "00" }], -22, "Block decode failed"],
    ["getblocktemplate", [{ rules: ["segwit"], longpollid: "short" }], -8, "longpollid must be of length 64"],
    ["getblocktemplate", [7], -32_602, "params.template_request of getblocktemplate"],
  ])("%s %j is refused with %i", async (method, params, number, words) => {
    const [code, message] = await devnet.refusal(method, ...params);
    expect([code, message.slice(0, words.length)]).toEqual([number, words]);
  });
});
