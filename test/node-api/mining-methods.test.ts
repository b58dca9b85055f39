import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { mustTransaction } from "../kit/mine-block.js";
import { nextBlock, type ScriptedBlock, scriptedBlocks, unsentTransaction } from "../kit/scripted-chain.js";
import { SCRIPTED_ADDRESS, SCRIPTED_SCRIPT } from "../kit/scripted-source.js";
import { answerOf, askChain, refusedOf } from "./ask-chain.js";

const [genesis, , third] = scriptedBlocks as [ScriptedBlock, ScriptedBlock, ScriptedBlock];
const rules = ["segwit"];

/** Bytes that are no block: what is wrong, and they. */
const noBlocks: readonly [string, Uint8Array][] = [
  ["nothing", new Uint8Array()],
  ["one byte", Uint8Array.of(1)],
  ["half a block", nextBlock.bytes.subarray(0, nextBlock.bytes.length >> 1)],
  ["a block and a byte", Buffer.concat([nextBlock.bytes, Uint8Array.of(0)])],
  ["a transaction", unsentTransaction.bytes],
  ["a count of 2^64 transactions", Buffer.concat([nextBlock.bytes.subarray(0, 80), Buffer.alloc(9, 0xff)])],
];

describe("GetBlockTemplate", () => {
  it("gives a block on the tip that pays whom the caller names", async () => {
    const template = (await answerOf("GetBlockTemplate", { rules, coinbase_script: SCRIPTED_SCRIPT })) as {
      header: { prev_block_hash: string };
      coinbase_tx: { outputs: { script_pubkey: Uint8Array }[] };
      transactions: unknown[];
      height: number;
    };
    expect(template.header.prev_block_hash).toBe(third.block.hash);
    expect(template.height).toBe(3);
    expect(template.transactions).toHaveLength(8);
    expect(
      Buffer.compare(template.coinbase_tx.outputs[0]?.script_pubkey as Uint8Array, SCRIPTED_SCRIPT),
    ).toBe(0);
    const byAddress = await answerOf("GetBlockTemplate", { rules, coinbase_address: SCRIPTED_ADDRESS });
    const hex = `hex:${Buffer.from(SCRIPTED_SCRIPT).toString("hex").toUpperCase()}`;
    const byHex = await answerOf("GetBlockTemplate", { rules, coinbase_address: hex });
    expect(byAddress).toEqual(template);
    expect(JSON.stringify(byHex)).toBe(JSON.stringify(template));
  });

  it("passes the rules on and leaves it to the source who is paid by default", async () => {
    const requests: unknown[] = [];
    const blockTemplate = async (request: unknown) => {
      requests.push(request);
      throw new Error("enough");
    };
    await refusedOf("GetBlockTemplate", { rules: ["segwit", "!signet"] }, { blockTemplate });
    expect(requests).toEqual([{ rules: ["segwit", "!signet"], coinbaseScript: undefined }]);
  });

  it.each([
    ["both", { coinbase_script: SCRIPTED_SCRIPT, coinbase_address: SCRIPTED_ADDRESS }, "coinbase_address"],
    ["an unknown address", { coinbase_address: "bc1qnobody" }, "coinbase_address"],
    ["an empty address", { coinbase_address: "" }, "coinbase_address"],
    ["half a byte of script", { coinbase_address: "hex:abc" }, "coinbase_address"],
    ["no script behind hex:", { coinbase_address: "hex:" }, "coinbase_address"],
    ["no hex behind hex:", { coinbase_address: "hex:zz" }, "coinbase_address"],
    ["a script that pays anybody", { coinbase_script: new Uint8Array() }, "coinbase_script"],
    ["a script of 10,001 bytes", { coinbase_script: new Uint8Array(10_001) }, "coinbase_script"],
    ["33 rules", { rules: Array.from({ length: 33 }, () => "r") }, "rules"],
  ])("refuses %s", async (_what, changes, field) => {
    const refusal = await refusedOf("GetBlockTemplate", { rules, ...changes });
    expect(refusal).toMatchObject({ code: "INVALID_PARAMS", details: { field } });
    expectThreeParts(refusal.message);
  });

  it("says which source can't read addresses", async () => {
    const { queries } = (await askChain("GetChainTip", {})).source;
    const { scriptOfAddress: _unread, ...others } = queries;
    const chain = { name: "blind", tip: () => undefined, chainInfo: () => undefined, queries: others };
    const refusal = await refusedOf("GetBlockTemplate", { rules, coinbase_address: "bc1q" }, {}, { chain });
    expect(refusal).toMatchObject({ code: "NOT_AVAILABLE", details: { source: "blind" } });
  });

  it.each([
    ["a header of 79 bytes", { header: new Uint8Array(79) }],
    ["no coinbase", { coinbase: new Uint8Array() }],
    ["a transaction that is none", { transactions: [Uint8Array.of(1)] }],
    ["a target that is none", { target: "7fff" }],
    ["a height below 0", { height: -1 }],
  ])("finds out a source whose template has %s", async (_what, changes) => {
    const made = await (await askChain("GetChainTip", {})).source.queries.blockTemplate({
      rules,
      coinbaseScript: undefined,
    });
    const blockTemplate = async () => ({ ...made, ...changes });
    const refusal = await refusedOf("GetBlockTemplate", { rules }, { blockTemplate });
    expect(refusal.code).toBe("BAD_SOURCE_ANSWER");
  });
});

describe("SubmitBlock", () => {
  it("answers Accepted and connects the block", async () => {
    const { answers, source, hasChanged } = await askChain("SubmitBlock", { block_bytes: nextBlock.bytes });
    expect(answers).toEqual(["Accepted"]);
    expect(hasChanged).toBe(true);
    expect(source.tip()).toEqual({ hash: nextBlock.block.hash, heightBlocks: 3 });
    expect(await source.queries.mempoolTransactions()).toEqual([]);
  });

  it("answers Duplicate for a block of the chain", async () => {
    const { answers, hasChanged } = await askChain("SubmitBlock", { block_bytes: third.bytes });
    expect([answers, hasChanged]).toEqual([["Duplicate"], false]);
  });

  it("answers Rejected with the reason of the source", async () => {
    const broken = Buffer.from(nextBlock.bytes);
    broken[nextBlock.bytes.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    const { answers, hasChanged } = await askChain("SubmitBlock", { block_bytes: broken });
    expect(answers).toEqual([{ Rejected: expect.stringContaining("merkle root") }]);
    expect(hasChanged).toBe(false);
  });

  it("cuts a reason that is too long for the answer", async () => {
    const submitBlock = async () => ({ outcome: "rejected" as const, reason: "x".repeat(10_000) });
    const answer = await answerOf("SubmitBlock", { block_bytes: nextBlock.bytes }, { submitBlock });
    expect(answer).toEqual({ Rejected: "x".repeat(4096) });
  });

  it.each(noBlocks)("answers Rejected, with the byte, to %s", async (_what, block_bytes) => {
    const { answers, effects, hasChanged } = await askChain("SubmitBlock", { block_bytes });
    expect(answers).toEqual([{ Rejected: expect.stringMatching(/^the bytes are no block, at byte \d+: /) }]);
    expect([effects, hasChanged]).toEqual([[], false]);
  });
});

describe("QueueReceivedBlock", () => {
  it("queues any block that parses, before it is validated", async () => {
    for (const { bytes } of [nextBlock, genesis]) {
      const { answers, effects } = await askChain("QueueReceivedBlock", { block_bytes: bytes });
      expect([answers, effects]).toEqual([[null], ["block queued"]]);
    }
  });

  it.each(noBlocks)("refuses %s", async (_what, block_bytes) => {
    const refusal = await refusedOf("QueueReceivedBlock", { block_bytes });
    expect(refusal).toMatchObject({ code: "BAD_BLOCK", details: { offsetBytes: expect.any(Number) } });
    expectThreeParts(refusal.message);
  });

  it("may be asked again when the queue is full", async () => {
    const queueReceivedBlock = async () => false;
    const refusal = await refusedOf(
      "QueueReceivedBlock",
      { block_bytes: nextBlock.bytes },
      { queueReceivedBlock },
    );
    expect(refusal).toMatchObject({ code: "BLOCK_QUEUE_FULL", retryable: true });
    expectThreeParts(refusal.message);
  });
});

describe("SendTransaction", () => {
  it("answers the txid, also to one that has a witness, and the mempool holds it", async () => {
    const { answers, source } = await askChain("SendTransaction", { tx_bytes: unsentTransaction.bytes });
    const { txid } = unsentTransaction.transaction;
    expect(answers).toEqual([txid]);
    expect(await source.queries.hasMempoolTransaction(txid)).toBe(true);
    const withWitness = third.block.transactions.slice(1).find(({ hasWitness }) => hasWitness);
    const bytes = await source.queries.transaction(withWitness?.txid as string);
    expect(await answerOf("SendTransaction", { tx_bytes: bytes })).toBe(withWitness?.txid);
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["half a transaction", unsentTransaction.bytes.subarray(0, 60)],
    ["trailing bytes", Buffer.concat([unsentTransaction.bytes, Uint8Array.of(0)])],
    ["two transactions", Buffer.concat([unsentTransaction.bytes, unsentTransaction.bytes])],
    ["a block", nextBlock.bytes],
    ["hex as text in bytes", Buffer.from(Buffer.from(unsentTransaction.bytes).toString("hex"))],
  ])("refuses %s", async (_what, tx_bytes) => {
    const refusal = await refusedOf("SendTransaction", { tx_bytes });
    expect(refusal.code).toBe("BAD_TRANSACTION");
    expectThreeParts(refusal.message);
  });

  it("refuses what the source refuses, with its reason", async () => {
    const { source } = await askChain("GetChainTip", {});
    const coinbase = await source.queries.transaction(genesis.block.transactions[0].txid);
    const refusal = await refusedOf("SendTransaction", { tx_bytes: coinbase });
    expect(refusal).toMatchObject({
      code: "TRANSACTION_REFUSED",
      retryable: false,
      details: { txid: genesis.block.transactions[0].txid, reason: "it is a coinbase" },
    });
    expectThreeParts(refusal.message);
  });

  it("takes nothing but the very bytes of a transaction", async () => {
    const { bytes } = unsentTransaction;
    const edit = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 3 }), fc.nat(bytes.length), async (edits, cut) => {
        const tx_bytes = Uint8Array.from(bytes.subarray(0, cut < 20 ? bytes.length : cut));
        for (const [at, value] of edits) if (at < tx_bytes.length) tx_bytes[at] = value;
        const { answers, refusals } = await askChain("SendTransaction", { tx_bytes });
        if (answers.length > 0) expect(answers[0]).toBe(mustTransaction(tx_bytes).txid);
        else expect(refusals[0]?.code).toMatch(/^(BAD_TRANSACTION|TRANSACTION_REFUSED)$/);
      }),
      { numRuns: 100 },
    );
  });
});

describe("GetFeeEstimate", () => {
  it("rounds up to whole sat/vB", async () => {
    expect(await answerOf("GetFeeEstimate", { target_blocks: 1 })).toBe(21);
    expect(await answerOf("GetFeeEstimate", { target_blocks: 6 })).toBe(5);
    expect(await answerOf("GetFeeEstimate", { target_blocks: 6 }, { feeEstimate: async () => 0 })).toBe(0);
  });

  it("is not available while the source knows too little, and may be asked again", async () => {
    const feeEstimate = async () => undefined;
    const refusal = await refusedOf("GetFeeEstimate", { target_blocks: 6 }, { feeEstimate });
    expect(refusal).toMatchObject({ code: "NOT_AVAILABLE", retryable: true });
  });
});
