import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChainChange, ChainKernel } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { createChainKernel } from "../../../../src/chain/devnet/kernel/create-kernel.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { baseKernel, baseTip, chainOf, recount, type TreeBlock, trees } from "./block-tree.js";
import { grow, grownKernel, MemoryArchive, planOf, startS } from "./small-chain.js";

/** Follows changes on a stack of hashes, and refuses a step that doesn't fit. */
function follow(stack: string[], changes: readonly ChainChange[]): void {
  for (const change of changes) {
    if (change.kind === "refused") {
      expect(change.entry.status).toBe("invalid");
      continue;
    }
    const { entry, block } = change.block;
    if (change.kind === "connected") {
      expect(block.header.previousHash).toBe(stack.at(-1));
      stack.push(entry.hash);
    } else {
      expect(stack.pop()).toBe(entry.hash);
    }
  }
}

/** The valid block with the most work; of equal work the one that came first. */
function bestOf(tree: readonly TreeBlock[], isOut: (block: TreeBlock) => boolean): TreeBlock | undefined {
  let best: TreeBlock | undefined;
  for (const each of tree) {
    if (each.holds && !isOut(each) && each.heightBlocks > (best?.heightBlocks ?? baseTip.heightBlocks))
      best = each;
  }
  return best;
}

function expectChain(kernel: ChainKernel, best: TreeBlock | undefined): void {
  expect(kernel.tip.hash).toBe(best?.block.hash ?? baseTip.hash);
  const coins = recount(chainOf(best)) ?? new Map<string, number>();
  expect(kernel.coinCount).toBe(coins.size);
  const wrong = [...coins].filter(([key, valueSat]) => {
    const [txid = "", index = ""] = key.split(":");
    return kernel.coin(txid, Number(index))?.valueSat !== valueSat;
  });
  expect(wrong).toEqual([]);
}

describe("the best chain", () => {
  it("is the valid one with the most work, for any tree in any order, and the changes rebuild it", () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const { kernel, archive } = baseKernel();
        const stack = [baseTip.hash];
        for (const { bytes } of tree) {
          const outcome = kernel.submit(bytes, startS);
          if (outcome.outcome !== "duplicate") follow(stack, outcome.changes);
        }
        expect(stack.at(-1)).toBe(kernel.tip.hash);
        expectChain(
          kernel,
          bestOf(tree, () => false),
        );

        const again = createChainKernel({ archive: new MemoryArchive() });
        for (const bytes of archive.blocks.values()) again.submit(bytes, startS);
        expect(again.tips()).toEqual(kernel.tips());
      }),
      { numRuns: 30, seed: 11 },
    );
  });

  it("stays the best valid one when blocks are invalidated and reconsidered in any order", () => {
    const steps = fc.array(fc.record({ which: fc.nat(27), isInvalidated: fc.boolean() }), { maxLength: 8 });
    fc.assert(
      fc.property(trees, steps, (tree, calls) => {
        const { kernel } = baseKernel();
        const stack = [baseTip.hash];
        for (const { bytes } of tree) {
          const outcome = kernel.submit(bytes, startS);
          if (outcome.outcome !== "duplicate") follow(stack, outcome.changes);
        }
        const marked = new Set<TreeBlock>();
        for (const { which, isInvalidated } of calls) {
          const target = tree[which % tree.length]!;
          const { hash } = target.block;
          if (kernel.entry(hash) === undefined) continue;
          follow(stack, isInvalidated ? kernel.invalidate(hash) : kernel.reconsider(hash));
          for (const each of tree) {
            if (isInvalidated && isOn(each, target)) marked.add(each);
            if (!isInvalidated && (isOn(each, target) || isOn(target, each))) marked.delete(each);
          }
          expect(stack.at(-1)).toBe(kernel.tip.hash);
          expectChain(
            kernel,
            bestOf(tree, (block) => marked.has(block)),
          );
        }
      }),
      { numRuns: 30, seed: 12 },
    );
  });

  it("comes back as it was when its tip is invalidated and reconsidered", () => {
    const kernel = grownKernel(4);
    const { hash } = kernel.tip;
    const coins = kernel.coinCount;
    expect(kernel.invalidate(hash).map(({ kind }) => kind)).toEqual(["disconnected"]);
    expect(kernel.coinCount).toBe(coins - 1);
    expect(kernel.tips()).toMatchObject([
      { branchLength: 0, entry: { heightBlocks: 3, status: "active" } },
      { branchLength: 1, entry: { hash, status: "invalid" } },
    ]);
    expect(kernel.reconsider(hash).map(({ kind }) => kind)).toEqual(["connected"]);
    expect([kernel.tip.hash, kernel.coinCount]).toEqual([hash, coins]);
  });

  it("keeps the first seen of two equal branches and tells how far the other was checked", () => {
    const kernel = grownKernel(3);
    const first = kernel.tip;
    const parentHash = kernel.entryAt(2)?.hash ?? "";
    const rival = mineBlock(kernel, planOf({ parentHash, extra: Uint8Array.of(1) }));
    expect(kernel.submit(rival, startS)).toMatchObject({
      outcome: "accepted",
      changes: [],
      entry: { status: "valid-headers" },
    });
    expect(kernel.tip).toBe(first);
    const rivalHash = kernel.tips()[1]?.entry.hash ?? "";
    const longer = mineBlock(kernel, planOf({ parentHash: rivalHash }));
    const outcome = kernel.submit(longer, startS);
    expect(outcome.outcome === "accepted" && outcome.changes.map(({ kind }) => kind)).toEqual([
      "disconnected",
      "connected",
      "connected",
    ]);
    expect(first.status).toBe("valid-fork");
  });

  it("refuses to invalidate the genesis block, and what it doesn't know", () => {
    const kernel = grownKernel(1);
    const genesisHash = kernel.entryAt(0)?.hash ?? "";
    expect(() => kernel.invalidate(genesisHash)).toThrow(
      expect.objectContaining({ code: "DEVNET_GENESIS_KEPT" }),
    );
    expect(() => kernel.reconsider("ab".repeat(32))).toThrow(
      expect.objectContaining({ code: "DEVNET_BLOCK_UNKNOWN" }),
    );
  });
});

describe("an archive that fails", () => {
  it("leaves everything as it was before the call", () => {
    const archive = new MemoryArchive();
    const kernel = createChainKernel({ archive }, { keptBlockBytes: 0 });
    for (let count = 0; count < 4; count += 1) grow(kernel);
    const lost = kernel.entryAt(2)?.hash ?? "";
    const kept = archive.getBlock(lost);
    const before = { tip: kernel.tip, coins: kernel.coinCount };
    archive.blocks.delete(lost);
    expect(() => kernel.invalidate(kernel.entryAt(1)?.hash ?? "")).toThrow("in the archive");
    expect({ tip: kernel.tip, coins: kernel.coinCount }).toEqual(before);
    expect(kernel.tips()).toMatchObject([{ entry: { heightBlocks: 4, status: "active" } }]);
    archive.putBlock(lost, kept);
    expect(kernel.invalidate(kernel.entryAt(1)?.hash ?? "")).toHaveLength(4);

    archive.putBlock = () => {
      throw new Error("no space");
    };
    const bytes = mineBlock(kernel, planOf({ extra: Uint8Array.of(3) }));
    expect(() => kernel.submit(bytes, startS)).toThrow("no space");
    expect(kernel.tip.heightBlocks).toBe(0);
  });
});

function isOn(block: TreeBlock, ancestor: TreeBlock): boolean {
  for (let each: TreeBlock | undefined = block; each !== undefined; each = each.parent) {
    if (each === ancestor) return true;
  }
  return false;
}
