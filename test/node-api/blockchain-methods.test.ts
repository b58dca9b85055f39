import { describe, expect, it } from "vitest";
import { type ChainQueries, decodeBlock, decodeTransaction } from "../../src/chain/index.js";
import { type RequestName, requestDomains } from "../../src/requests/index.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";
import { mustBlock, mustTransaction } from "../kit/mine-block.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { requestExamples } from "../kit/request-examples.js";
import { losingBlock, type ScriptedBlock, scriptedBlocks, scriptedMempool } from "../kit/scripted-chain.js";
import { answerOf, askChain, refusedOf } from "./ask-chain.js";

const [genesis, , third] = scriptedBlocks as [ScriptedBlock, ScriptedBlock, ScriptedBlock];
const confirmed = third.block.transactions.slice(1);
const unknown = "0f".repeat(32);
const ofTheChain = (["blockchain", "mempool", "mining", "network", "payment"] as const).flatMap(
  (domain) => Object.keys(requestDomains[domain]) as RequestName[],
);
/** Answered from the tip, which every source has. */
const ofTheTip: readonly RequestName[] = ["GetChainTip", "GetBlockHeight", "GetChainInfo"];
const asked = ofTheChain.filter((name) => !ofTheTip.includes(name));

/** A source in which nothing can be asked. */
const mute = { chain: { name: "mute", tip: () => undefined, chainInfo: () => undefined, queries: {} } };

describe("a block", () => {
  it("travels raw as the source has it and parsed as its bytes say", async () => {
    for (const { block, bytes } of scriptedBlocks) {
      const raw = (await answerOf("GetRawBlock", { hash: block.hash })) as Uint8Array;
      expect(Buffer.compare(raw, bytes)).toBe(0);
      expect(mustBlock(raw).hash).toBe(block.hash);
      const parsed = (await answerOf("GetBlock", { hash: block.hash })) as {
        header: unknown;
        transactions: { outputs: unknown[] }[];
      };
      expect(parsed.header).toEqual(await answerOf("GetBlockHeader", { hash: block.hash }));
      expect(parsed.transactions.map(({ outputs }) => outputs)).toEqual(
        block.transactions.map(({ outputs }) =>
          outputs.map(({ valueSat, scriptPubKey }) => ({ value: valueSat, script_pubkey: scriptPubKey })),
        ),
      );
    }
  });

  it("has the header and the coinbase that everybody knows", async () => {
    expect(await answerOf("GetBlockByHeight", { height: 0 })).toMatchObject({
      header: {
        version: 1,
        prev_block_hash: "0".repeat(64),
        merkle_root: "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b",
        timestamp: 1_231_006_505,
        bits: 0x1d00ffff,
        nonce: 2_083_236_893,
      },
      transactions: [
        {
          version: 1,
          lock_time: 0,
          inputs: [{ prevout: { hash: "0".repeat(64), index: 0xff_ff_ff_ff }, sequence: 0xff_ff_ff_ff }],
          outputs: [{ value: 5_000_000_000 }],
        },
      ],
    });
  });

  it("is found by its height in the best chain, and nothing is found above the tip", async () => {
    const bytes = await answerOf("GetBlockByHeight", { height: 2 });
    expect(bytes).toEqual(await answerOf("GetBlock", { hash: third.block.hash }));
    expect(bytes).not.toEqual(await answerOf("GetBlock", { hash: losingBlock.block.hash }));
    for (const height of [3, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expect(await answerOf("GetBlockByHeight", { height })).toBeUndefined();
    }
  });

  it("that nobody knows is nothing", async () => {
    for (const name of ["GetBlock", "GetRawBlock", "GetBlockHeader", "GetTransaction"] as const) {
      expect(await answerOf(name, { hash: unknown })).toBeUndefined();
    }
    expect(await answerOf("HasTransaction", { hash: unknown })).toBe(false);
    expect(await answerOf("GetUtxo", { outpoint: { hash: unknown, index: 0 } })).toBeUndefined();
  });
});

describe("a transaction", () => {
  it("travels raw with its witness and parsed without it, under one txid", async () => {
    expect(confirmed.some(({ hasWitness }) => hasWitness)).toBe(true);
    for (const { txid, hasWitness, inputs } of confirmed) {
      const raw = mustTransaction((await answerOf("GetRawTransaction", { hash: txid })) as Uint8Array);
      expect([raw.txid, raw.hasWitness]).toEqual([txid, hasWitness]);
      expect(await answerOf("GetTransaction", { hash: txid })).toMatchObject({
        inputs: inputs.map(({ previousTxid, previousIndex }) => ({
          prevout: { hash: previousTxid, index: previousIndex },
        })),
      });
      expect(await answerOf("HasTransaction", { hash: txid })).toBe(true);
    }
  });

  it("that waits travels the same way and is not confirmed", async () => {
    const txids = scriptedMempool.map(({ transaction }) => transaction.txid);
    expect(((await answerOf("GetMempoolTransactions", {})) as string[]).toSorted()).toEqual(txids.toSorted());
    for (const tx_hash of txids) {
      const raw = (await answerOf("GetRawMempoolTransaction", { tx_hash })) as Uint8Array;
      expect(mustTransaction(raw).txid).toBe(tx_hash);
      expect(await answerOf("GetMempoolTransaction", { tx_hash })).toMatchObject({
        lock_time: mustTransaction(raw).lockTime,
      });
      expect(await answerOf("CheckTransactionInMempool", { tx_hash })).toBe(true);
      expect(await answerOf("GetTransaction", { hash: tx_hash })).toBeUndefined();
    }
    expect(await answerOf("GetMempoolTransaction", { tx_hash: unknown })).toBeUndefined();
    expect(await answerOf("CheckTransactionInMempool", { tx_hash: unknown })).toBe(false);
  });
});

describe("an unspent output", () => {
  it("is told with its block, and nothing once it is spent", async () => {
    const coinbase = third.block.transactions[0];
    const at = (hash: string, index: number) => answerOf("GetUtxo", { outpoint: { hash, index } });
    expect(await at(coinbase.txid, 0)).toEqual({
      value: 5_000_000_000,
      script_pubkey: coinbase.outputs[0]?.scriptPubKey,
      height: 2,
      is_coinbase: true,
    });
    expect(await at(confirmed[0]?.txid as string, 0)).toMatchObject({ height: 2, is_coinbase: false });
    expect(await at(coinbase.txid, 7)).toBeUndefined();
  });
});

describe("what a source lacks", () => {
  it.each(asked)("is NOT_AVAILABLE to %s, naming the source and what", async (name) => {
    const refusal = await refusedOf(name, requestExamples[name], {}, mute);
    expect(refusal).toMatchObject({
      code: "NOT_AVAILABLE",
      retryable: false,
      details: { source: "mute", what: expect.stringMatching(/.{5}/) },
    });
    expectThreeParts(refusal.message);
  });

  it("is NOT_AVAILABLE whatever the bytes of a command hold", async () => {
    for (const [name, field] of [
      ["SubmitBlock", "block_bytes"],
      ["QueueReceivedBlock", "block_bytes"],
      ["SendTransaction", "tx_bytes"],
    ] as const) {
      const refusal = await refusedOf(name, { [field]: Uint8Array.of(1) }, {}, mute);
      expect(refusal.code).toBe("NOT_AVAILABLE");
    }
  });
});

describe("a source that gives something else", () => {
  const block = third.bytes;
  const cases: readonly [string, RequestName, Partial<ChainQueries>][] = [
    ["another block", "GetBlock", { block: async () => genesis.bytes }],
    ["another block, raw", "GetRawBlock", { block: async () => genesis.bytes }],
    ["half a block", "GetBlock", { block: async () => block.subarray(0, 5000) }],
    ["a block and more", "GetBlock", { block: async () => Buffer.concat([block, block]) }],
    ["no header", "GetRawBlock", { block: async () => block.subarray(0, 79) }],
    ["another header", "GetBlockHeader", { blockHeader: async () => genesis.bytes.subarray(0, 80) }],
    ["more than a header", "GetBlockHeader", { blockHeader: async () => block }],
    ["another transaction", "GetTransaction", { transaction: async () => scriptedMempool[1]?.bytes }],
    ["half a transaction", "GetRawTransaction", { transaction: async () => Uint8Array.of(1, 0) }],
    [
      "another waiting one",
      "GetRawMempoolTransaction",
      { mempoolTransaction: async () => scriptedMempool[1]?.bytes },
    ],
    ["a fee rate that is none", "GetFeeEstimate", { feeEstimate: async () => Number.NaN }],
    ["a negative fee rate", "GetFeeEstimate", { feeEstimate: async () => -1 }],
    [
      "half a satoshi",
      "GetUtxo",
      {
        utxo: async () => ({ value: 0.5, script_pubkey: new Uint8Array(), height: 1, is_coinbase: false }),
      },
    ],
    [
      "sizes that are no numbers",
      "GetMempoolSize",
      { mempoolSize: async () => ({ transaction_count: Number.NaN, size_bytes: 0, total_fee_sats: 0 }) },
    ],
    [
      "an endless progress",
      "GetSyncStatus",
      { syncStatus: async () => ({ phase: "Blocks", progress: Number.POSITIVE_INFINITY, is_synced: false }) },
    ],
    [
      "another payment",
      "GetPaymentState",
      { paymentState: async () => ({ payment_id: "other", status: "pending", amount_sats: 1 }) },
    ],
  ];

  it.each(cases)("is found out: %s", async (_what, name, queries) => {
    const log = recordingLog();
    const refusal = await refusedOf(name, requestExamples[name], queries, { log });
    expect(refusal).toMatchObject({ code: "BAD_SOURCE_ANSWER", details: { source: "scripted" } });
    expectThreeParts(refusal.message);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

describe("a source that fails", () => {
  it("is told by its code, and by its text in the host's log only", async () => {
    const log = recordingLog();
    const failure = Object.assign(new Error("the file /srv/secret is gone"), { code: "ENOENT" });
    const fails = { block: () => Promise.reject(failure) };
    const refusal = await refusedOf("GetBlock", requestExamples.GetBlock, fails, { log });
    expect(refusal).toMatchObject({ code: "SOURCE_FAILED", retryable: false });
    expectThreeParts(refusal.message);
    expect(JSON.stringify([refusal.message, refusal.details])).not.toContain("secret");
    expect(log.lines[0]?.fields).toMatchObject({ source: "scripted", err: failure });
  });

  it("may throw at once", async () => {
    const throws = {
      hasTransaction: () => {
        throw new Error("broken");
      },
    };
    const refusal = await refusedOf("HasTransaction", requestExamples.HasTransaction, throws);
    expect(refusal.code).toBe("SOURCE_FAILED");
  });

  it("has 30 seconds for an answer and no more", async () => {
    const clock = virtualClock();
    const silent = { block: () => new Promise<Uint8Array>(() => {}) };
    const asking = askChain("GetBlock", requestExamples.GetBlock, silent, { scheduler: clock.scheduler });
    await Promise.resolve();
    clock.advanceMs(29_999);
    const early = await Promise.race([asking, new Promise((resolve) => setImmediate(resolve, "waits"))]);
    clock.advanceMs(1);
    expect(early).toBe("waits");
    expect((await asking).refusals[0]).toMatchObject({ code: "SOURCE_FAILED", retryable: true });
  });

  it("leaves no timer behind when it answers", async () => {
    const clock = virtualClock();
    await askChain("GetBlock", requestExamples.GetBlock, {}, { scheduler: clock.scheduler });
    clock.advanceMs(60_000);
    expect(clock.nowMs).toBe(60_000);
  });
});

describe("decoding", () => {
  it("refuses what weighs more than a block may", () => {
    const { bytes } = scriptedMempool[0] as { bytes: Uint8Array };
    expect(decodeTransaction(bytes).ok).toBe(true);
    expect(decodeBlock(new Uint8Array(4_000_001)).ok).toBe(false);
    const heavy = heavyTransaction(1_000_000);
    expect(decodeTransaction(heavy)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("allowed is at most 4000000"),
    });
    expect(decodeTransaction(heavyTransaction(900_000)).ok).toBe(true);
  });
});

/** One input, one output, and a script of so many bytes, each of which weighs 4. */
function heavyTransaction(scriptBytes: number): Uint8Array {
  const length = Buffer.alloc(5, 0xfe);
  length.writeUInt32LE(scriptBytes, 1);
  return Buffer.concat([
    Buffer.from(`0100000001${"ab".repeat(32)}0000000000ffffffff01${"00".repeat(8)}`, "hex"),
    length,
    Buffer.alloc(scriptBytes),
    Buffer.alloc(4),
  ]);
}
