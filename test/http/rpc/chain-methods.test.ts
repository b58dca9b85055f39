import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseBlock } from "../../../src/chain/index.js";
import { blockFile } from "../../kit/host-whole.js";
import { startCore } from "./start-core.js";

const raw = readFileSync(blockFile("898352.raw"));
const block = parseBlock(raw);
const height = 898_352;
const TXID = "ab".repeat(32);

function chainAt(tipHeight: number) {
  return startCore({
    tip: { hash: tipHeight === height ? block.hash : "cd".repeat(32), heightBlocks: tipHeight },
    chainInfo: {
      tip_hash: block.hash,
      height: tipHeight,
      difficulty: 2,
      chain_work: "ef".repeat(32),
      is_synced: true,
    },
    queries: {
      block: async (hash) => (hash === block.hash ? raw : undefined),
      blockHeader: async (hash) => (hash === block.hash ? raw.subarray(0, 80) : undefined),
      blockHashAt: async (at) => (at === height ? block.hash : undefined),
      transaction: async (txid) => (txid === TXID ? Uint8Array.of(1, 2) : undefined),
      mempoolTransaction: async (txid) => (txid === block.hash ? Uint8Array.of(3) : undefined),
      utxo: async (txid, n) =>
        txid === TXID && n === 1
          ? { value: 123_456_789, script_pubkey: Uint8Array.of(0x51), height: height - 9, is_coinbase: false }
          : undefined,
      syncStatus: async () => ({ phase: "Synced", progress: 1, is_synced: true }),
      mempoolTransactions: async () => [TXID],
      mempoolSize: async () => ({ transaction_count: 1, size_bytes: 200, total_fee_sats: 150 }),
      feeEstimate: async () => 12.5,
      networkPeers: async () => [
        {
          addr: "192.0.2.1:8333",
          transport_type: "tcp",
          services: 1033n,
          version: 70_016,
          connected_since: 7,
        },
      ],
      networkStats: async () => ({ peer_count: 1, hash_rate: 9e20, bytes_sent: 1, bytes_received: 2 }),
    },
  });
}

describe("queries of the chain by JSON-RPC", () => {
  it("answer in the forms that operators know", async () => {
    const { call } = chainAt(height);
    const result = async (method: string, ...params: unknown[]) => (await call(method, params)).result;
    expect(await result("getblockcount")).toBe(height);
    expect(await result("getbestblockhash")).toBe(block.hash);
    expect(await result("getblockhash", height)).toBe(block.hash);
    expect(await result("getblock", block.hash, 0)).toBe(raw.toString("hex"));
    expect(await result("getblockheader", block.hash.toUpperCase(), false)).toBe(
      raw.subarray(0, 80).toString("hex"),
    );
    expect(await result("getblockchaininfo")).toEqual({
      source: "scripted",
      blocks: height,
      bestblockhash: block.hash,
      difficulty: 2,
      chainwork: "ef".repeat(32),
      initialblockdownload: false,
      verificationprogress: 1,
    });
    expect(await result("getrawtransaction", TXID)).toBe("0102");
    expect(await result("getrawtransaction", block.hash)).toBe("03");
    expect(await result("gettxout", TXID, 1)).toEqual({
      bestblock: block.hash,
      confirmations: 10,
      value: 1.23456789,
      scriptPubKey: { hex: "51" },
      coinbase: false,
    });
    expect(await result("gettxout", TXID, 0)).toBeNull();
    expect(await result("getrawmempool")).toEqual([TXID]);
    expect(await result("getmempoolinfo")).toEqual({ size: 1, bytes: 200, total_fee: 0.0000015 });
    expect(await result("estimatesmartfee", 6)).toEqual({ feerate: 0.000125, blocks: 6 });
    expect(await result("getpeerinfo")).toEqual([
      {
        addr: "192.0.2.1:8333",
        transport: "tcp",
        services: "0000000000000409",
        version: 70_016,
        conntime: 7,
      },
    ]);
    expect(await result("getnetworkinfo")).toEqual({
      connections: 1,
      networkhashps: 9e20,
      totalbytessent: 1,
      totalbytesrecv: 2,
    });
  });

  it("describe a block and its header by what the bytes say", async () => {
    const { call } = chainAt(height + 2);
    const header = {
      hash: block.hash,
      confirmations: 3,
      height,
      version: block.header.version,
      merkleroot: block.header.merkleRoot,
      time: block.header.timestampS,
      nonce: block.header.nonce,
      bits: block.header.bits.toString(16),
      previousblockhash: block.header.previousHash,
    };
    expect((await call("getblockheader", [block.hash])).result).toMatchObject(header);
    const { result } = await call("getblock", [block.hash]);
    expect(result).toMatchObject({ ...header, nTx: block.transactions.length, size: raw.length });
    expect(result.tx).toEqual(block.transactions.map(({ txid }) => txid));
    expect(result.weight).toBe(3 * result.strippedsize + result.size);
    expect([result.bits, result.difficulty]).toEqual(["1d00ffff", 1]);
  });

  it("say that a block isn't in the best chain, and leave out what they don't know", async () => {
    const stale = startCore({
      tip: { hash: "cd".repeat(32), heightBlocks: height + 1 },
      queries: { block: async () => raw, blockHashAt: async () => "ee".repeat(32) },
    });
    expect((await stale.call("getblock", [block.hash])).result).toMatchObject({ height, confirmations: -1 });
    const blind = startCore({
      tip: { hash: "cd".repeat(32), heightBlocks: 9 },
      queries: { block: async () => raw },
    });
    const { result } = await blind.call("getblock", [block.hash]);
    expect(result).not.toHaveProperty("height");
    expect(result).not.toHaveProperty("confirmations");
  });

  it("say NOT_AVAILABLE where the source has no answer, and not known where it has none of that name", async () => {
    const bare = startCore({ tip: { hash: block.hash, heightBlocks: height } });
    const calls: readonly (readonly [string, readonly unknown[]])[] = [
      ["getblockhash", [1]],
      ["getblock", [TXID]],
      ["getblockheader", [TXID]],
      ["getrawtransaction", [TXID]],
      ["gettxout", [TXID, 0]],
      ["getrawmempool", []],
      ["getmempoolinfo", []],
      ["estimatesmartfee", [2]],
      ["getpeerinfo", []],
      ["getnetworkinfo", []],
    ];
    for (const [method, params] of calls) {
      expect(await bare.call(method, params), method).toMatchObject({
        error: { code: -32_007, data: { code: "NOT_AVAILABLE", details: { source: "scripted" } } },
      });
    }
    const empty = startCore();
    for (const method of ["getblockcount", "getbestblockhash", "getblockchaininfo"]) {
      expect(await empty.call(method)).toMatchObject({
        error: { data: { code: "NOT_AVAILABLE", retryable: true } },
      });
    }
    const { call } = chainAt(height);
    for (const [method, name] of [
      ["getblockhash", 7],
      ["getblock", TXID],
      ["getblockheader", TXID],
      ["getrawtransaction", "00".repeat(32)],
    ]) {
      expect(await call(String(method), [name])).toMatchObject({
        error: { code: -5, data: { code: "RPC_NOT_FOUND" } },
      });
    }
  });
});
