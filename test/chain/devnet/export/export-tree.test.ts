import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { exportBlocks } from "../../../../src/chain/devnet/export/export-blocks.js";
import type { BlockArchive, BlockOutcome } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { createChainKernel } from "../../../../src/chain/devnet/kernel/create-kernel.js";
import type { DevnetStore } from "../../../../src/chain/devnet/store/devnet-store.js";
import { openDevnetStore } from "../../../../src/chain/devnet/store/open-devnet-store.js";
import { readDevnetStore } from "../../../../src/chain/devnet/store/read-devnet-store.js";
import { realDisk } from "../../../../src/chain/devnet/store/store-file.js";
import { silentLogger } from "../../../../src/log.js";
import { tempDir } from "../../../kit/process-temp-dir.js";
import { baseKernel, trees } from "../kernel/block-tree.js";
import { MemoryArchive, startS } from "../kernel/small-chain.js";

const nowS = startS + 7200;

function archiveOf(store: DevnetStore): BlockArchive {
  return {
    putBlock: (hash, bytes) => store.append({ kind: "block", hash, bytes, timeS: nowS }),
    getBlock: (hash) => store.blockBytes(hash),
  };
}

/** What a block did to the best chain. */
function steps({ outcome, ...rest }: BlockOutcome): unknown {
  const changes = "changes" in rest ? rest.changes : [];
  return [
    outcome,
    changes.map((each) => [each.kind, "block" in each ? each.block.entry.hash : each.entry.hash]),
  ];
}

it("makes the same tree, tips and reorganisations of a kernel that is given its lines in order", async () => {
  await using dir = await tempDir();
  const { kernel: base, archive } = baseKernel();
  const baseBlocks = [...archive.blocks.values()];
  let run = 0;
  fc.assert(
    fc.property(trees, (tree) => {
      run += 1;
      const path = join(dir.path, `${run}.store`);
      const disk = { ...realDisk, fsyncSync() {} };
      const store = openDevnetStore({ path, log: silentLogger, disk }, { maxBytes: 50_000_000 });
      const kernel = createChainKernel({ archive: archiveOf(store) });
      for (const bytes of baseBlocks) kernel.submit(bytes, nowS);
      const given = tree.map(({ bytes }) => kernel.submit(bytes, nowS));
      const kept = given.filter((_, at) => isKept(store, tree[at]?.block.hash ?? ""));
      const lines = [...exportBlocks(readDevnetStore(path), "raw")];

      const other = createChainKernel({ archive: new MemoryArchive() });
      const outcomes = lines.map((line) => other.submit(Buffer.from(line, "hex"), nowS));
      expect(outcomes.slice(baseBlocks.length).map(steps)).toEqual(kept.map(steps));
      expect(other.tip.hash).toBe(kernel.tip.hash);
      expect(tipsOf(other)).toEqual(tipsOf(kernel));
      store.close();
    }),
    { numRuns: 8, seed: 5 },
  );
  expect(base.tip.heightBlocks).toBe(baseBlocks.length);
});

function isKept(store: DevnetStore, hash: string): boolean {
  try {
    return store.blockBytes(hash).length > 0;
  } catch {
    return false;
  }
}

function tipsOf(kernel: ReturnType<typeof createChainKernel>): unknown {
  return kernel.tips().map(({ entry, branchLength }) => [entry.hash, entry.status, branchLength]);
}
