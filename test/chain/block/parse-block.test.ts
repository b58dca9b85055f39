import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkBlock } from "../../../src/chain/block/check-block.js";
import { coinbaseHeight } from "../../../src/chain/block/coinbase-height.js";
import { merkleRoot } from "../../../src/chain/block/merkle-root.js";
import { maxBlockBytes, parseBlock } from "../../../src/chain/block/parse-block.js";
import { serializeBlock } from "../../../src/chain/block/serialize-block.js";
import { isCoinbase } from "../../../src/chain/block/transaction.js";
import {
  claimedWitnessCommitment,
  computedWitnessCommitment,
} from "../../../src/chain/block/witness-commitment.js";
import { genesisBytes, genesisHash, secondBlockBytes, secondBlockHash } from "../first-blocks.js";
import { realBlockBytes, realBlocks } from "../real-blocks.js";

const small = realBlockBytes(482683);
const testnetSmall = realBlockBytes(898352);

/** The error of a parse, or undefined when the bytes are a block. */
function parseProblem(
  bytes: Uint8Array,
): { code?: unknown; details?: { offsetBytes?: unknown } } | undefined {
  try {
    parseBlock(bytes);
    return undefined;
  } catch (error) {
    return error as { code?: unknown; details?: { offsetBytes?: unknown } };
  }
}

/** A copy of a block with some bytes replaced. */
function patched(block: Uint8Array, offsetBytes: number, ...bytes: number[]): Uint8Array {
  const copy = new Uint8Array(block);
  copy.set(bytes, offsetBytes);
  return copy;
}

describe("the real blocks of the fixtures", () => {
  it("are the seven that their table lists", () => {
    expect(realBlocks).toHaveLength(7);
  });

  describe.each(realBlocks)("$name ($network)", ({ heightBlocks, hash, transactions, sizeBytes }) => {
    const bytes = realBlockBytes(heightBlocks);
    const block = parseBlock(bytes);

    it("has the hash, size and transaction count of the table", () => {
      expect({
        hash: block.hash,
        transactions: block.transactions.length,
        sizeBytes: block.sizeBytes,
      }).toEqual({
        hash,
        transactions,
        sizeBytes,
      });
    });

    it("proves its transaction ids by the recomputed merkle root", () => {
      const [coinbase, ...rest] = block.transactions;
      expect(merkleRoot([coinbase.txid, ...rest.map(({ txid }) => txid)])).toEqual({
        root: block.header.merkleRoot,
        isAmbiguous: false,
      });
    });

    it("proves its witnesses by the commitment of the coinbase", () => {
      const hasWitness = block.transactions.some((transaction) => transaction.hasWitness);
      const claimed = claimedWitnessCommitment(block);
      expect(claimed !== undefined).toBe(hasWitness);
      if (hasWitness) expect(claimed).toBe(computedWitnessCommitment(block));
    });

    it("passes every check and tells its height by BIP34", () => {
      expect(() => checkBlock(block)).not.toThrow();
      expect(coinbaseHeight(block)).toBe(heightBlocks);
    });

    it("serializes back to the very same bytes", () => {
      expect(Buffer.compare(serializeBlock(block), bytes)).toBe(0);
    });

    it("adds up to its size and stays within the weight limit", () => {
      const sizes = block.transactions.reduce((sum, transaction) => sum + transaction.sizeBytes, 0);
      expect(bytes.length - sizes).toBe(block.transactions.length < 0xfd ? 81 : 83);
      expect(block.weightWu).toBeGreaterThanOrEqual(block.sizeBytes);
      expect(block.weightWu).toBeLessThanOrEqual(4_000_000);
      expect(block.transactions.filter(isCoinbase)).toHaveLength(1);
    });
  });

  it("include blocks with and without witnesses", () => {
    const kinds = realBlocks.map(({ heightBlocks }) =>
      parseBlock(realBlockBytes(heightBlocks)).transactions.some(({ hasWitness }) => hasWitness),
    );
    expect(new Set(kinds)).toEqual(new Set([true, false]));
  });
});

describe("parseBlock", () => {
  it("reads the first two blocks of mainnet", () => {
    const genesis = parseBlock(genesisBytes);
    const second = parseBlock(secondBlockBytes);
    expect([genesis.hash, second.hash, second.header.previousHash]).toEqual([
      genesisHash,
      secondBlockHash,
      genesisHash,
    ]);
    expect(genesis.transactions[0].outputs[0]?.valueSat).toBe(5_000_000_000);
    expect(genesis.header).toMatchObject({ version: 1, bits: 0x1d00ffff, timestampS: 1_231_006_505 });
  });

  it("weighs a transaction with witness less than one without", () => {
    const { transactions } = parseBlock(small);
    for (const transaction of transactions) {
      expect(transaction.wtxid === transaction.txid).toBe(!transaction.hasWitness);
      expect(transaction.weightWu < 4 * transaction.sizeBytes).toBe(transaction.hasWitness);
      expect(transaction.sizeVb).toBe(Math.ceil(transaction.weightWu / 4));
    }
  });

  it("reports an offset within the bytes wherever they are cut", () => {
    for (const block of [genesisBytes, testnetSmall]) {
      for (let length = 0; length < block.length; length += 1) {
        const problem = parseProblem(block.subarray(0, length));
        expect(problem?.code).toMatch(/^BLOCK_(TRUNCATED|MALFORMED)$/);
        expect(problem?.details?.offsetBytes).toSatisfy((offset: number) => offset >= 0 && offset <= length);
      }
    }
  });

  it("throws nothing but its own errors on changed bytes", () => {
    const change = fc.record({
      block: fc.constantFrom(small, testnetSmall, genesisBytes),
      edits: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
      cut: fc.option(fc.nat()),
      tail: fc.uint8Array({ maxLength: 8 }),
    });
    fc.assert(
      fc.property(change, ({ block, edits, cut, tail }) => {
        const copy = new Uint8Array(block);
        for (const [at, value] of edits) copy[at % copy.length] = value;
        const kept = cut === null ? copy : copy.subarray(0, cut % (copy.length + 1));
        const bytes = Buffer.concat([kept, tail]);
        const problem = parseProblem(bytes);
        if (problem === undefined) return Buffer.compare(serializeBlock(parseBlock(bytes)), bytes) === 0;
        const offset = problem.details?.offsetBytes;
        expect(problem.code).toMatch(/^BLOCK_(TRUNCATED|MALFORMED)$/);
        return typeof offset === "number" && offset >= 0 && offset <= bytes.length;
      }),
      { numRuns: 400 },
    );
  });

  it("throws nothing but its own errors on arbitrary bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(parseProblem(bytes)?.code).toMatch(/^BLOCK_(TRUNCATED|MALFORMED)$/);
      }),
      { numRuns: 300 },
    );
  });

  it("names the field and the offset where the bytes end", () => {
    expect(parseProblem(small.subarray(0, 50))).toMatchObject({
      code: "BLOCK_TRUNCATED",
      details: { offsetBytes: 36, field: "the merkle root", neededBytes: 32, leftBytes: 14 },
      message: expect.stringContaining("at byte 36: 32 bytes are needed and 14 are left"),
    });
  });

  it.each([
    ["bytes behind the last transaction", Buffer.concat([genesisBytes, Uint8Array.of(0)]), 285],
    ["a transaction count of zero", patched(genesisBytes, 80, 0), 80],
    ["a count beyond what the bytes can hold", patched(genesisBytes, 80, 0xff, ...Array(8).fill(0xff)), 80],
    ["a count in a longer spelling", patched(genesisBytes, 80, 0xfd, 1, 0), 80],
    ["a witness flag other than 1", patched(genesisBytes, 85, 0, 2), 86],
    ["no input behind a witness marker", patched(genesisBytes, 85, 0, 1, 0), 87],
    ["no output", patched(genesisBytes, 204, 0), 204],
    ["a value above all money", patched(genesisBytes, 205, ...Array(8).fill(0xff)), 205],
    ["a first transaction that spends something", patched(genesisBytes, 86, 1), 81],
  ])("refuses %s", (_, bytes, offsetBytes) => {
    expect(parseProblem(bytes)).toMatchObject({ code: "BLOCK_MALFORMED", details: { offsetBytes } });
  });

  it("refuses a second coinbase", () => {
    const { header, transactions } = parseBlock(genesisBytes);
    const bytes = serializeBlock({ header, transactions: [transactions[0], transactions[0]] });
    expect(parseProblem(bytes)).toMatchObject({
      code: "BLOCK_MALFORMED",
      details: { offsetBytes: 285, field: "transaction 1" },
    });
  });

  it("refuses a witness marker in front of empty witnesses", () => {
    const { header, transactions } = parseBlock(genesisBytes);
    const bytes = serializeBlock({ header, transactions: [{ ...transactions[0], hasWitness: true }] });
    expect(parseProblem(bytes)).toMatchObject({
      code: "BLOCK_MALFORMED",
      details: { field: "the witness of transaction 0" },
    });
  });

  it("refuses more bytes than the largest block can have", () => {
    expect(parseProblem(new Uint8Array(maxBlockBytes + 1))).toMatchObject({
      code: "BLOCK_MALFORMED",
      details: { offsetBytes: maxBlockBytes },
    });
  });
});
