import type { Logger } from "../../../log.js";
import type { ChainEvent } from "../../chain-source.js";
import { DevnetNode } from "../devnet-node.js";
import type { BlockEntry, ChainKernel } from "../kernel/chain-kernel.js";
import { createChainKernel } from "../kernel/create-kernel.js";
import { deploymentStates } from "../kernel/deployments.js";
import { genesis } from "../kernel/regtest.js";
import { createPeerBook, type PeerBook } from "../life/peer-book.js";
import { createRandom } from "../life/random.js";
import { createMempool } from "../mempool/create-mempool.js";
import type { Mempool, MempoolLimits } from "../mempool/mempool.js";
import type { DevnetOptions } from "../options.js";
import type { DevnetStore } from "../store/devnet-store.js";
import { createWallet } from "../wallet/create-wallet.js";
import type { Wallet } from "../wallet/wallet.js";
import { FeeWatch } from "./fee-watch.js";
import { KeptChain } from "./kept-chain.js";
import { MAX_TEMPLATE_WEIGHT_WU, Miner } from "./mining.js";
import { MockableClock } from "./mockable-clock.js";
import type { Outbox } from "./outbox.js";
import { Payments } from "./payments.js";
import { connectKept, readRecords, refillMempool } from "./read-back.js";
import { ScriptRuns } from "./script-runs.js";
import { SyncMarks, type SyncPhase, type SyncStory } from "./sync-story.js";
import { ToldChain } from "./told-chain.js";
import { ToldMempool } from "./told-mempool.js";
import { WalletCoins } from "./wallet-coins.js";

export interface OpenDevnetDependencies {
  readonly log: Logger;
  /** Borrowed. */
  readonly store: DevnetStore;
  readonly outbox: Outbox;
  readonly wallClockS: () => number;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  readonly isWithheld: (kind: "block" | "tx", hash: string) => boolean;
}

/** A devnet that stands where it was left, or at its first blocks; nothing of it was told yet. */
export interface OpenedDevnet {
  readonly node: DevnetNode;
  readonly kernel: ChainKernel;
  readonly mempool: Mempool;
  readonly wallet: Wallet;
  readonly peers: PeerBook;
  readonly miner: Miner;
  readonly chain: ToldChain;
  readonly told: ToldMempool;
  readonly kept: KeptChain;
  readonly story: SyncStory;
}

/** Time between two blocks that are mined before the first event: nobody waited for them. */
const INITIAL_SPACING_S = 600;

/**
 * Reads the store back, or mines the first blocks of a new chain, with times that follow from the genesis block's alone.
 * Rejects with the store's errors, and with the signal's reason once aborted.
 */
export async function openDevnet(
  deps: OpenDevnetDependencies,
  options: DevnetOptions,
): Promise<OpenedDevnet> {
  const { log, store, outbox, nowMs, signal } = deps;
  const reading = { signal, nowMs };
  const records = await readRecords(store, reading);
  const clock = new MockableClock(deps.wallClockS, records.mockTimeS);
  const { nowS } = clock;
  const kept = new KeptChain({ store, log, nowS });
  const runs = new ScriptRuns();
  let areScriptsKnown = false;
  const kernel = createChainKernel({
    archive: kept,
    areScriptsKnown: () => areScriptsKnown,
    onScript: runs.note,
  });
  const trust = (isTrusted: boolean) => {
    areScriptsKnown = isTrusted;
  };
  const mempool = createMempool({ kernel }, mempoolLimits(options));
  const wallet = createWallet({ seed: options.seed });
  const coins = new WalletCoins({ kernel, mempool, wallet });
  const chain = new ToldChain(kernel);
  const told = new ToldMempool();
  const miner = new Miner({ kernel, mempool, chain, nowS, blockCount: records.blockCount });
  const emit = (event: ChainEvent) => outbox.say(() => event);
  const peers = createPeerBook({ emit, nowS, random: createRandom(`${options.seed}\0peers`) });
  const payments = new Payments({ wallet, mempool, coins });
  const fees = new FeeWatch(
    { outbox, chain, told, mempool },
    {
      warnSizeVb: options.mempool_max_bytes * options.mempool_warn_share,
      maxTemplateWeightWu: MAX_TEMPLATE_WEIGHT_WU,
    },
  );
  const parts = {
    ...{ kernel, mempool, kept, outbox, chain, told, runs, coins, fees, nowS },
    tellDeployments: (entry: BlockEntry) => tellDeployments({ outbox, kernel }, entry),
  };
  const { isWithheld } = deps;
  const node = new DevnetNode({ parts, miner, payments, wallet, peers, clock, nowMs, isWithheld });

  let { headers } = records;
  let blocks: SyncPhase;
  if (records.blockCount > 0) {
    blocks = await connectKept(records, { kernel, store, log, trust }, reading);
    kept.beginWriting();
  } else {
    kept.beginWriting();
    blocks = mineFirst({ kernel, miner, payoutScript: node.payoutScript }, options.initial_blocks, nowMs);
    headers = { ...headers, finalHeightBlocks: blocks.finalHeightBlocks };
  }
  for (let height = 1; height <= kernel.tip.heightBlocks; height += 1) {
    const hash = kernel.entryAt(height)?.hash;
    const block = hash === undefined ? undefined : chain.block(hash);
    if (block !== undefined) coins.update(block.block);
  }
  if (records.blockCount > 0 && node.balanceSat() === 0) {
    log.warn(
      { heightBlocks: kernel.tip.heightBlocks },
      "no coin of the kept chain belongs to devnet.seed, so nothing can be paid until blocks are mined: " +
        "set the seed that the chain was made with, or remove the folder to begin a new chain",
    );
  }
  await refillMempool(records, { kernel, mempool }, reading);
  for (const txid of mempool.txids()) {
    const entry = mempool.entry(txid);
    if (entry !== undefined) told.add(entry);
  }
  runs.take();
  chain.moveTo(kernel.tip);
  fees.begin(kernel.tip.hash);
  return { node, kernel, mempool, wallet, peers, miner, chain, told, kept, story: { headers, blocks } };
}

/** The limits of the options, and Core's where there is none. */
export function mempoolLimits(options: DevnetOptions): MempoolLimits {
  return {
    maxBytes: options.mempool_max_bytes,
    expiryS: options.mempool_expiry_s,
    minRelaySatPerVb: options.min_relay_fee_rate,
    maxAncestors: 25,
    maxDescendants: 25,
  };
}

function mineFirst(
  { kernel, miner, payoutScript }: { kernel: ChainKernel; miner: Miner; payoutScript: Uint8Array },
  count: number,
  nowMs: () => number,
): SyncPhase {
  const marks = new SyncMarks(nowMs);
  for (let height = 1; height <= count; height += 1) {
    const timeS = genesis.header.timestampS + height * INITIAL_SPACING_S;
    const plan = { ...miner.plan({ transactions: [], feesSat: 0 }, payoutScript), timeS };
    kernel.submit(miner.mine(plan), timeS);
    marks.note(height);
  }
  return marks.end(kernel.tip.heightBlocks);
}

function tellDeployments(
  { outbox, kernel }: { outbox: Outbox; kernel: ChainKernel },
  entry: BlockEntry,
): void {
  for (const { name: fork_name, status, isNew } of deploymentStates(kernel, entry)) {
    if (!isNew) continue;
    const payload = { fork_name, height: entry.heightBlocks };
    if (status === "active") outbox.say(() => ({ type: "SoftForkActivated", payload }));
    if (status === "locked_in") outbox.say(() => ({ type: "SoftForkLockedIn", payload }));
  }
}
