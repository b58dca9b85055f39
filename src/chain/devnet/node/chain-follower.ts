import type { BlockEntry, ChainBlock, ChainChange, ChainKernel } from "../kernel/chain-kernel.js";
import type { Mempool, MempoolChange } from "../mempool/mempool.js";
import type { FeeWatch } from "./fee-watch.js";
import type { KeptChain } from "./kept-chain.js";
import type { Outbox } from "./outbox.js";
import type { ScriptRuns } from "./script-runs.js";
import { tellConnected, tellDisconnected, tellPeriod, tellRefused } from "./tell-blocks.js";
import { tellMempool } from "./tell-mempool.js";
import type { ToldChain } from "./told-chain.js";
import type { ToldMempool } from "./told-mempool.js";
import type { WalletCoins } from "./wallet-coins.js";

const none: ReadonlySet<string> = new Set();

/** What a devnet is made of; whoever made them closes them. */
export interface DevnetParts {
  readonly kernel: ChainKernel;
  readonly mempool: Mempool;
  readonly kept: KeptChain;
  readonly outbox: Outbox;
  readonly chain: ToldChain;
  readonly told: ToldMempool;
  readonly runs: ScriptRuns;
  readonly coins: WalletCoins;
  readonly fees: FeeWatch;
  readonly nowS: () => number;
  /** SoftForkLockedIn and SoftForkActivated that a connected block brings. */
  readonly tellDeployments: (entry: BlockEntry) => void;
}

/**
 * Takes mempool, wallet and store along with what the kernel did to its best chain, and tells all of it in order:
 * disconnected blocks tip first, ChainReorg, connected blocks, then what that did to the mempool and the template.
 */
export function followChain(
  parts: DevnetParts,
  changes: readonly ChainChange[],
  { minedHash }: { minedHash?: string | undefined } = {},
): void {
  const { outbox, mempool, kept, nowS } = parts;
  let runs = parts.runs.take();
  const tell = (mempoolChanges: readonly MempoolChange[]) => {
    kept.keepMempool(mempoolChanges);
    tellMempool({ outbox, mempool: parts.told }, mempoolChanges);
  };
  /** The tip of the branch that is being left, until a block of another one is connected. */
  let leftTip: string | undefined;

  for (const [index, change] of changes.entries()) {
    if (change.kind === "refused") {
      const { entry, reason, validationMs } = change;
      kept.keepMark("refused", entry.hash);
      // Scripts of blocks that hold were taken out before: what is left ran for this one.
      tellRefused(outbox, { ...entry, reason, validationMs }, runs);
      runs = [];
      continue;
    }
    const { block } = change;
    parts.coins.update(block.block);
    if (change.kind === "disconnected") {
      leftTip ??= block.entry.hash;
      tellDisconnected(parts, block, parentOf(parts.kernel, block));
      tell(mempool.blockDisconnected(block, nowS()));
      continue;
    }
    if (leftTip !== undefined) tellReorg(outbox, leftTip, lastConnected(changes, index));
    leftTip = undefined;
    const txids = runs.length === 0 ? none : new Set(block.block.transactions.map(({ txid }) => txid));
    const isMined = block.entry.hash === minedHash;
    tellConnected(parts, block, { runs: runs.filter(({ txid }) => txids.has(txid)), isMined });
    runs = runs.filter(({ txid }) => !txids.has(txid));
    tell(mempool.blockConnected(block, nowS()));
    tellPeriod(outbox, block.entry);
    parts.tellDeployments(block.entry);
  }
  if (changes.some(({ kind }) => kind === "disconnected")) tell(mempool.settle(nowS()));
  // What settled ran scripts again; no transaction arrived.
  parts.runs.take();
  parts.fees.look(parts.kernel.tip);
}

function parentOf(kernel: ChainKernel, { entry }: ChainBlock): BlockEntry {
  const parent = kernel.entry(entry.header.previousHash);
  if (parent === undefined) throw new Error(`the kernel has no parent of block ${entry.hash}`);
  return parent;
}

/** The tip of the run of connected blocks that begins at an index. */
function lastConnected(changes: readonly ChainChange[], first: number): string {
  const after = changes.slice(first).findIndex(({ kind }) => kind !== "connected");
  const last = changes[after < 0 ? changes.length - 1 : first + after - 1];
  return last?.kind === "connected" ? last.block.entry.hash : "";
}

/** A branch that was left and taken again is none that won. */
function tellReorg(outbox: Outbox, old_tip: string, new_tip: string): void {
  if (old_tip !== new_tip) outbox.say(() => ({ type: "ChainReorg", payload: { old_tip, new_tip } }));
}
