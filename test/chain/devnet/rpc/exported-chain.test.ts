import { describe, expect, it } from "vitest";
import { exportBlocks } from "../../../../src/chain/devnet/export/export-blocks.js";
import { readDevnetStore } from "../../../../src/chain/devnet/store/read-devnet-store.js";
import { devnetStorePath } from "../../../../src/chain/devnet/store/store-place.js";
import { startDevnet, type TestDevnet } from "./start-devnet.js";

/** Blocks, payments, and branches that won and lost. */
async function live(devnet: TestDevnet): Promise<void> {
  const address = await devnet.ask<string>("getnewaddress");
  await devnet.ask("generatetoaddress", 104, address);
  for (const depth of [1, 3]) {
    await devnet.ask("sendtoaddress", await devnet.ask("getnewaddress", "", "bech32m"), 1.25);
    await devnet.ask("generatetoaddress", depth, address);
    devnet.source.actions.reorganize(depth);
  }
  const { hex } = await devnet.ask<{ hex: string }>("generateblock", address, [], false);
  await devnet.ask("generatetoaddress", 2, address);
  await devnet.ask("submitblock", hex);
}

describe("a devnet's exported chain", () => {
  it("makes the same tip and the same branches of another devnet by submitblock, block after block", async () => {
    await using one = await startDevnet({ persist: true, seed: "one" });
    await live(one);
    await using two = await startDevnet({ seed: "two" });
    const words: unknown[] = [];
    for (const hex of exportBlocks(readDevnetStore(devnetStorePath(one.dataDir)))) {
      words.push(await two.ask("submitblock", hex));
    }
    expect(new Set(words)).toEqual(new Set([null, "inconclusive"]));
    for (const method of ["getbestblockhash", "getchaintips", "gettxoutsetinfo"]) {
      expect(await two.ask(method)).toEqual(await one.ask(method));
    }
    const { size_on_disk: _, ...info } = await one.ask<Record<string, unknown>>("getblockchaininfo");
    expect(await two.ask("getblockchaininfo")).toMatchObject(info);
  });
});
