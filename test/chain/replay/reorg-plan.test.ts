import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChainOptionsInput, chainOptions } from "../../../src/chain/index.js";
import type { ChainBlock } from "../../../src/chain/replay/block-chains.js";
import { planSegments } from "../../../src/chain/replay/reorg-plan.js";

/** A chain of so many blocks whose first has height 100. */
function chainOf(blocks: number): ChainBlock[] {
  return Array.from({ length: blocks }, (_, index) => ({
    file: "",
    hash: String(index),
    previousHash: String(index - 1),
    heightBlocks: 100 + index,
    timestampS: 0,
    sinceParentMs: undefined,
  }));
}

/** The plan as text: contested segments in brackets. */
function planOf(blocks: number, reorg: ChainOptionsInput["reorg"]): string {
  return planSegments(chainOf(blocks), chainOptions.parse({ reorg }).reorg)
    .map(({ blocks, isContested }) => {
      const hashes = blocks.map(({ hash }) => hash).join("");
      return isContested ? `[${hashes}]` : hashes;
    })
    .join(" ");
}

describe("planSegments", () => {
  it("contests nothing unless asked", () => {
    expect(planOf(3, [])).toBe("0 1 2");
  });

  it("contests the blocks at the listed heights", () => {
    expect(planOf(4, [101, 103, 999])).toBe("0 [1] 2 [3]");
  });

  it("contests the block that ends each stretch of a rhythm", () => {
    expect(planOf(5, { every_blocks: 2 })).toBe("0 [1] 2 [3] 4");
    expect(planOf(2, { every_blocks: 1 })).toBe("[0] [1]");
  });

  it("reaches back as deep as asked and never into the stretch before", () => {
    expect(planOf(7, { every_blocks: 3, depth: 2 })).toBe("0 [12] 3 [45] 6");
    expect(planOf(5, { every_blocks: 2, depth: 9 })).toBe("[01] [23] 4");
  });

  it("keeps every block once and in order", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 12 }),
        (blocks, every_blocks, depth) => {
          const chain = chainOf(blocks);
          const plan = planSegments(chain, { every_blocks, depth });
          expect(plan.flatMap((segment) => segment.blocks)).toEqual(chain);
        },
      ),
    );
  });
});
