import { describe, expect, it } from "vitest";
import type { Block } from "../../../src/chain/block/block.js";
import { checkContents } from "../../../src/chain/block/check-block.js";
import { coinbaseHeight } from "../../../src/chain/block/coinbase-height.js";
import { parseBlock } from "../../../src/chain/block/parse-block.js";
import { meetsTarget } from "../../../src/chain/block/proof-of-work.js";
import { serializeBlock } from "../../../src/chain/block/serialize-block.js";
import { buildCompetingBlock } from "../../../src/chain/replay/competing-block.js";
import { genesisBytes } from "../first-blocks.js";
import { realBlockBytes, realBlocks } from "../real-blocks.js";

function idsOf(block: Block): string[] {
  return block.transactions.slice(1).flatMap(({ txid, wtxid }) => [txid, wtxid]);
}

describe("buildCompetingBlock", () => {
  it.each(realBlocks)("builds a valid rival of $name without proof of work", ({ heightBlocks }) => {
    const real = parseBlock(realBlockBytes(heightBlocks));
    const rival = buildCompetingBlock(real, real.header.previousHash);
    expect(rival.hash).not.toBe(real.hash);
    expect(rival.header.previousHash).toBe(real.header.previousHash);
    expect(rival.transactions[0].txid).not.toBe(real.transactions[0].txid);
    // Ids cover every byte; comparing the megabytes themselves would take minutes.
    expect(idsOf(rival)).toEqual(idsOf(real));
    expect(coinbaseHeight(rival)).toBe(heightBlocks);
    expect(() => checkContents(rival)).not.toThrow();
    expect(meetsTarget(rival.hash, rival.header.bits)).toBe(false);
  });

  it("stands on the parent that it is given", () => {
    const parent = "ab".repeat(32);
    expect(buildCompetingBlock(parseBlock(genesisBytes), parent).header.previousHash).toBe(parent);
  });

  it("is the same block each time", () => {
    const real = parseBlock(genesisBytes);
    const hashes = [1, 2].map(() => buildCompetingBlock(real, real.header.previousHash).hash);
    expect(hashes[0]).toBe(hashes[1]);
  });

  it("keeps a coinbase script of the greatest length within its limit", () => {
    const { header, transactions } = parseBlock(genesisBytes);
    const [coinbase] = transactions;
    const inputs = coinbase.inputs.map((input) => ({ ...input, scriptSig: new Uint8Array(100) }));
    const real = parseBlock(serializeBlock({ header, transactions: [{ ...coinbase, inputs }] }));
    const rival = buildCompetingBlock(real, header.previousHash);
    expect(rival.transactions[0].inputs[0]?.scriptSig).toHaveLength(100);
    expect(rival.transactions[0].txid).not.toBe(real.transactions[0].txid);
  });
});
