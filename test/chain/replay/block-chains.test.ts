import { describe, expect, it } from "vitest";
import { blockChains } from "../../../src/chain/replay/block-chains.js";
import type { BlockFile } from "../../../src/chain/replay/block-file.js";

/** A block file by one-letter hashes. */
function file(hash: string, previousHash: string, heightBlocks?: number, timestampS = 0): BlockFile {
  return { file: `${hash}.raw`, hash, previousHash, heightBlocks, timestampS };
}

function hashesAndHeights(files: readonly BlockFile[]): string[][] {
  return blockChains(files).chains.map((chain) =>
    chain.map(({ hash, heightBlocks }) => `${hash}${heightBlocks}`),
  );
}

describe("blockChains", () => {
  it("makes no chain of nothing", () => {
    expect(blockChains([])).toEqual({ chains: [], withoutHeight: [] });
  });

  it("links blocks by their parent in whatever order they are listed", () => {
    expect(hashesAndHeights([file("c", "b", 3), file("a", "x", 1), file("b", "a", 2)])).toEqual([
      ["a1", "b2", "c3"],
    ]);
  });

  it("keeps blocks that do not link as chains in listed order", () => {
    expect(hashesAndHeights([file("p", "o", 9), file("a", "x", 1), file("b", "a", 2)])).toEqual([
      ["p9"],
      ["a1", "b2"],
    ]);
  });

  it("continues with the first of two children and sets the other apart", () => {
    expect(hashesAndHeights([file("a", "x", 1), file("c", "a", 2), file("b", "a", 2)])).toEqual([
      ["a1", "c2"],
      ["b2"],
    ]);
  });

  it("counts a block that is listed twice once", () => {
    expect(hashesAndHeights([file("a", "x", 1), file("a", "x", 1)])).toEqual([["a1"]]);
  });

  it("tells every height of a chain from one that is known", () => {
    expect(hashesAndHeights([file("a", "x"), file("b", "a", 8), file("c", "b")])).toEqual([
      ["a7", "b8", "c9"],
    ]);
  });

  it("sets chains aside in which no height is known", () => {
    const { chains, withoutHeight } = blockChains([file("a", "x"), file("b", "a"), file("p", "o", 4)]);
    expect(chains.flat().map(({ hash }) => hash)).toEqual(["p"]);
    expect(withoutHeight.map(({ hash }) => hash)).toEqual(["a", "b"]);
  });

  it("sets a chain aside whose heights would begin below zero", () => {
    expect(blockChains([file("a", "x"), file("b", "a", 0)]).withoutHeight).toHaveLength(2);
  });

  it("tells how far apart parent and child are by their clocks", () => {
    const { chains } = blockChains([file("a", "x", 1, 100), file("b", "a", 2, 160), file("c", "b", 3, 155)]);
    expect(chains[0]?.map(({ sinceParentMs }) => sinceParentMs)).toEqual([undefined, 60_000, -5000]);
  });
});
