import type { Block } from "../../block/block.js";
import { type BlockIndex, forkOf, type IndexedBlock } from "./block-index.js";
import type { BlockReader } from "./block-reader.js";
import type { ChainChange } from "./chain-kernel.js";
import type { ChainState, ChainStep } from "./chain-state.js";
import { checkSpending } from "./connect-block.js";
import type { VerifiedScripts } from "./scripts/verified-scripts.js";
import { outpointKey, spendingOfConnected } from "./spend.js";
import { spentCoins } from "./spent-coins.js";

/** What following the best chain needs; `nowMs` is a clock that only measures. */
export interface BestChainParts {
  readonly index: BlockIndex;
  readonly chain: ChainState;
  readonly reader: BlockReader;
  readonly verified: VerifiedScripts;
  readonly areScriptsKnown: (hash: string) => boolean;
  readonly nowMs: () => number;
}

interface Done {
  readonly kind: "connected" | "disconnected";
  readonly step: ChainStep;
}

/**
 * Moves the chain to the best valid block, over disconnects (tip first) and connects, as often as a block on the way
 * turns out to be invalid. When the archive fails on the way, the chain is put back to where it was.
 * @param known blocks that are in hand and needn't be read
 */
export function followBest(parts: BestChainParts, known: readonly Block[] = []): ChainChange[] {
  const { index, chain } = parts;
  const changes: ChainChange[] = [];
  const done: Done[] = [];
  const inHand = new Map(known.map((block) => [block.hash, block]));
  const read = (hash: string) => inHand.get(hash) ?? parts.reader.read(hash);
  try {
    for (let best = index.best(); best !== chain.tip; best = index.best()) {
      const fork = forkOf(best, chain.tip);
      while (chain.tip !== fork) disconnectTip(parts, read, changes, done);
      for (const next of pathTo(best, fork)) if (!connect(parts, next, read, changes, done)) break;
    }
  } catch (error) {
    for (const { kind, step } of done.reverse()) {
      if (kind === "connected") chain.disconnect(step);
      else chain.connect(step);
    }
    throw error;
  }
  return changes;
}

function disconnectTip(
  parts: BestChainParts,
  read: (hash: string) => Block,
  changes: ChainChange[],
  done: Done[],
): void {
  const { chain } = parts;
  const indexed = chain.tip;
  const { hash, heightBlocks, status } = indexed.entry;
  const block = read(hash);
  const coins = spentCoins(block, chain, read);
  const spending = spendingOfConnected(block, heightBlocks, (txid, index) =>
    coins.get(outpointKey(txid, index)),
  );
  const step = { indexed, block, ...changeOf(spending), feesSat: spending.feesSat };
  chain.disconnect(step);
  // Why it leaves may be that it was marked.
  if (status === "invalid") indexed.entry.status = status;
  done.push({ kind: "disconnected", step });
  const { entry } = indexed;
  changes.push({ kind: "disconnected", block: { entry, block, feesSat: step.feesSat, validationMs: 0 } });
}

// False when the block broke a rule.
function connect(
  parts: BestChainParts,
  indexed: IndexedBlock,
  read: (hash: string) => Block,
  changes: ChainChange[],
  done: Done[],
): boolean {
  const { entry } = indexed;
  const block = read(entry.hash);
  const startMs = parts.nowMs();
  const wasChecked = indexed.wasConnected || parts.areScriptsKnown(entry.hash);
  const checked = checkSpending(block, parts.chain, parts.verified, wasChecked);
  const validationMs = parts.nowMs() - startMs;
  if (!checked.ok) {
    parts.index.refuse(indexed);
    changes.push({ kind: "refused", entry, reason: checked.reason, validationMs });
    return false;
  }
  const { feesSat } = checked.spending;
  const step = { indexed, block, ...changeOf(checked.spending), feesSat };
  parts.chain.connect(step);
  done.push({ kind: "connected", step });
  changes.push({ kind: "connected", block: { entry, block, feesSat, validationMs } });
  return true;
}

function changeOf({
  spent,
  created,
}: Pick<ChainStep, "spent" | "created">): Pick<ChainStep, "spent" | "created"> {
  return { spent, created };
}

// From the fork up to the end, the fork apart.
function pathTo(end: IndexedBlock, fork: IndexedBlock): IndexedBlock[] {
  const path: IndexedBlock[] = [];
  for (let each = end; each !== fork; each = each.parent as IndexedBlock) path.push(each);
  return path.reverse();
}
