import { expect } from "vitest";
import type { DevnetSource } from "../../../src/chain/devnet/devnet-source.js";
import { exportBlocks } from "../../../src/chain/devnet/export/export-blocks.js";
import { readDevnetStore } from "../../../src/chain/devnet/store/read-devnet-store.js";
import { devnetStorePath } from "../../../src/chain/devnet/store/store-place.js";
import { createWallet } from "../../../src/chain/devnet/wallet/create-wallet.js";
import { startDevnet } from "../../kit/start-devnet.js";
import { checkBlocks } from "./independent/check-blocks.js";

export interface LongChain {
  readonly dataDir: string;
  readonly seed: string;
  readonly blocks: number;
  readonly transactions: number;
  /** Hears how far it is, now and then. */
  readonly onProgress?: (blocks: number) => void;
}

const REORG_EVERY_BLOCKS = 97;
const PROGRESS_EVERY_BLOCKS = 1000;

/** Everything about a chain that a restart must bring back. */
async function summaryOf(source: DevnetSource) {
  const { rpc, queries, actions } = source;
  return {
    tip: source.tip(),
    work: source.chainInfo()?.chain_work,
    tips: rpc.getchaintips?.run({} as never, undefined),
    waiting: await queries.mempoolTransactions(),
    height: actions.tip.heightBlocks,
  };
}

async function grow(source: DevnetSource, { blocks, transactions, onProgress }: LongChain): Promise<void> {
  const { actions } = source;
  // Somebody else: so each payment leaves one coin, and most take one input.
  const { address } = createWallet({ seed: "somebody else" }).newAddress("p2wpkh");
  let paid = 0;
  const first = actions.tip.heightBlocks;
  while (actions.tip.heightBlocks < blocks) {
    // The same number in each block: more than the first coins can carry would wait for their change.
    const due = Math.floor((transactions * (actions.tip.heightBlocks - first)) / (blocks - first));
    for (; paid < due; paid += 1) {
      actions.pay({ address, valueSat: 10_000 + paid, feeRateSatPerVb: 1 + (paid % 30) });
    }
    actions.mine(1);
    const { heightBlocks } = actions.tip;
    if (heightBlocks % REORG_EVERY_BLOCKS === 0) actions.reorganize(1 + (heightBlocks % 3));
    if (heightBlocks % PROGRESS_EVERY_BLOCKS === 0) onProgress?.(heightBlocks);
  }
  for (; paid < transactions; paid += 1) actions.pay({ address, valueSat: 10_000, feeRateSatPerVb: 2 });
}

/**
 * Makes a chain, starts it again, exports it raw, and has its best branch validated by a program that shares no code.
 * @returns how long each took
 */
export async function proveLongChain(chain: LongChain) {
  const { dataDir, seed } = chain;
  const marksMs = [performance.now()];
  const options = { persist: true, seed };
  let before: Awaited<ReturnType<typeof summaryOf>>;
  {
    await using source = await startDevnet(options, { dataDir });
    await grow(source, chain);
    before = await summaryOf(source);
  }
  marksMs.push(performance.now());
  const best: Uint8Array[] = [];
  {
    await using source = await startDevnet(options, { dataDir });
    expect(await summaryOf(source)).toEqual(before);
    marksMs.push(performance.now());
    const exported = new Set(exportBlocks(readDevnetStore(devnetStorePath(dataDir))));
    for (let height = 1; height <= before.height; height += 1) {
      const hash = await source.queries.blockHashAt(height);
      const bytes = await source.queries.block(hash ?? "");
      if (bytes === undefined) throw new Error(`no block at height ${height}`);
      if (!exported.has(Buffer.from(bytes).toString("hex"))) throw new Error(`${hash} was not exported`);
      best.push(bytes);
    }
  }
  const checked = checkBlocks(best, Math.ceil(chain.transactions / 200));
  marksMs.push(performance.now());
  expect(checked.tip).toBe(before.tip?.hash);
  expect(checked.transactions).toBe(before.height + chain.transactions - before.waiting.length);
  const [begin = 0, grown = 0, restarted = 0, done = 0] = marksMs;
  return { growMs: grown - begin, restartMs: restarted - grown, checkMs: done - restarted, ...checked };
}
