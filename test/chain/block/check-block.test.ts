import { describe, expect, it } from "vitest";
import type { Block } from "../../../src/chain/block/block.js";
import { checkBlock, checkContents } from "../../../src/chain/block/check-block.js";
import { parseBlock } from "../../../src/chain/block/parse-block.js";
import { serializeBlock } from "../../../src/chain/block/serialize-block.js";
import type { Transaction } from "../../../src/chain/block/transaction.js";
import { realBlockBytes, realBlocks } from "../real-blocks.js";

const block = parseBlock(realBlockBytes(482683));

/** The block with other transactions, read from bytes like any other. */
function withTransactions(...transactions: Transaction[]): Block {
  return parseBlock(serializeBlock({ header: block.header, transactions: transactions as [Transaction] }));
}

describe("checkBlock", () => {
  it("refuses a header whose hash misses the target", () => {
    const header = { ...block.header, nonce: block.header.nonce ^ 1 };
    const changed = parseBlock(serializeBlock({ header, transactions: block.transactions }));
    expect(() => checkBlock(changed)).toThrow(
      expect.objectContaining({
        code: "BLOCK_INVALID",
        details: expect.objectContaining({ check: "proof of work", offsetBytes: 72 }),
      }),
    );
  });

  it("notices any flipped bit of a header", () => {
    for (let bit = 0; bit < 640; bit += 7) {
      const bytes = realBlockBytes(898352);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => checkBlock(parseBlock(bytes))).toThrow(expect.objectContaining({ code: "BLOCK_INVALID" }));
    }
  });

  it("refuses transactions that the merkle root does not cover", () => {
    const changed = withTransactions(...block.transactions.slice(0, -1));
    expect(() => checkContents(changed)).toThrow(
      expect.objectContaining({
        code: "BLOCK_INVALID",
        details: expect.objectContaining({ check: "merkle root", offsetBytes: 36 }),
      }),
    );
  });

  it("refuses repeated transactions that leave the merkle root as it is", () => {
    // Twelve transactions fold to three pairs of pairs: repeating the last four keeps the root.
    const changed = withTransactions(...block.transactions, ...block.transactions.slice(-4));
    expect(() => checkContents(changed)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ check: "merkle root" }) }),
    );
  });

  it("refuses a witness that the coinbase does not commit to", () => {
    const source = realBlocks
      .map(({ heightBlocks }) => parseBlock(realBlockBytes(heightBlocks)))
      .find(({ transactions }) => transactions.some(({ hasWitness }, index) => index > 0 && hasWitness));
    if (source === undefined) throw new Error("the fixtures hold no block with witnesses");
    const [coinbase, ...rest] = source.transactions;
    const changed = rest.map((transaction) => {
      if (!transaction.hasWitness) return transaction;
      const inputs = transaction.inputs.map((input) => ({ ...input, witness: [Uint8Array.of(1)] }));
      return { ...transaction, inputs };
    });
    const bytes = serializeBlock({ header: source.header, transactions: [coinbase, ...changed] });
    expect(() => checkContents(parseBlock(bytes))).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ check: "witness commitment" }) }),
    );
  });
});
