import type { SchedulerLike } from "rxjs";
import { monotonicScheduler } from "../../../clock.js";
import type { Block } from "../../block/block.js";
import { blockHashOf, decodeBlock } from "../../block/decode.js";
import type { Transaction } from "../../block/transaction.js";
import { chainErrors } from "../../errors.js";
import { RecentSet } from "../../recent-set.js";
import { type BestChainParts, followBest } from "./best-chain.js";
import { BlockIndex, branchLength, type IndexedBlock, isBetter } from "./block-index.js";
import { BlockReader } from "./block-reader.js";
import type {
  BlockArchive,
  BlockEntry,
  BlockOutcome,
  ChainChange,
  ChainKernel,
  Coin,
} from "./chain-kernel.js";
import { ChainState } from "./chain-state.js";
import { contentsFault, headerFault, provesWork } from "./check-context.js";
import { blockFault } from "./check-form.js";
import { checkUnconfirmed } from "./check-transaction.js";
import { checkSpending } from "./connect-block.js";
import { genesis, genesisBytes } from "./regtest.js";
import { type ReadBlock, withReservedValue } from "./reserved-value.js";
import type { ScriptRun } from "./scripts/script-run.js";
import { VerifiedScripts } from "./scripts/verified-scripts.js";
import { undecodableReason } from "./undecodable-reason.js";

/** Refused hashes that are remembered; then the oldest is forgotten and its block is checked anew. */
const maxRememberedRefusals = 10_000;
const witnessFaults: ReadonlySet<string> = new Set([
  "bad-witness-nonce-size",
  "bad-witness-merkle-match",
  "unexpected-witness",
]);

/** What a kernel is made of besides its archive. */
export interface KernelLimits {
  /** Transactions whose scripts are remembered to hold. */
  readonly verifiedScripts?: number;
  /** Bytes of read blocks that are kept for the next read. */
  readonly keptBlockBytes?: number;
}

/**
 * Makes a chain that holds the genesis block only. Blocks of a run before are submitted again, in their order.
 * The archive is borrowed. `areScriptsKnown` names blocks whose scripts were seen to hold in a run before: they aren't
 * run again, everything else is. `scheduler` measures durations only;
 * `onScript` hears of each script that is run.
 */
export function createChainKernel(
  dependencies: {
    readonly archive: BlockArchive;
    readonly areScriptsKnown?: (hash: string) => boolean;
    readonly scheduler?: SchedulerLike;
    readonly onScript?: (run: ScriptRun) => void;
  },
  limits: KernelLimits = {},
): ChainKernel {
  return new Kernel(dependencies, limits);
}

class Kernel implements ChainKernel {
  readonly #archive: BlockArchive;
  readonly #index = new BlockIndex(genesis);
  readonly #chain = new ChainState(this.#index.genesis, genesis);
  readonly #verified: VerifiedScripts;
  /** Hashes of blocks whose header was good and whose contents broke a rule: remembered, not stored. */
  readonly #refused = new RecentSet(maxRememberedRefusals);
  readonly #parts: BestChainParts;

  constructor(dependencies: Parameters<typeof createChainKernel>[0], limits: KernelLimits) {
    const { archive, areScriptsKnown = () => false, scheduler = monotonicScheduler, onScript } = dependencies;
    const { verifiedScripts = 50_000, keptBlockBytes = 8_000_000 } = limits;
    this.#archive = {
      putBlock: (hash, bytes) => archive.putBlock(hash, bytes),
      getBlock: (hash) => (hash === genesis.hash ? genesisBytes : archive.getBlock(hash)),
    };
    this.#verified = new VerifiedScripts(
      verifiedScripts,
      onScript && { note: onScript, nowMs: () => scheduler.now() },
    );
    this.#parts = {
      index: this.#index,
      chain: this.#chain,
      reader: new BlockReader(this.#archive, keptBlockBytes),
      verified: this.#verified,
      areScriptsKnown,
      nowMs: () => scheduler.now(),
    };
  }

  get tip(): BlockEntry {
    return this.#chain.tip.entry;
  }

  get coinCount(): number {
    return this.#chain.coinCount;
  }

  coin(txid: string, index: number): Coin | undefined {
    return this.#chain.coin(txid, index);
  }

  entry(hash: string): BlockEntry | undefined {
    return this.#index.find(hash)?.entry;
  }

  entryAt(heightBlocks: number): BlockEntry | undefined {
    return this.#chain.at(heightBlocks)?.entry;
  }

  blockBytes(hash: string): Uint8Array | undefined {
    return this.#index.find(hash) === undefined ? undefined : this.#archive.getBlock(hash);
  }

  transactionPlace(txid: string): { readonly entry: BlockEntry; readonly position: number } | undefined {
    const place = this.#chain.place(txid);
    return place && { entry: place.indexed.entry, position: place.position };
  }

  tips(): readonly { readonly entry: BlockEntry; readonly branchLength: number }[] {
    const best = this.#chain.tip;
    const others = [...this.#index.leaves()].filter((leaf) => leaf !== best);
    others.sort(
      (left, right) => right.entry.heightBlocks - left.entry.heightBlocks || left.order - right.order,
    );
    return [best, ...others].map((leaf) => ({
      entry: leaf.entry,
      branchLength: branchLength(leaf),
    }));
  }

  submit(bytes: Uint8Array, nowS: number): BlockOutcome {
    const hash = blockHashOf(bytes) ?? "";
    const known = this.#index.find(hash);
    if (known !== undefined) {
      return known.entry.status === "invalid"
        ? { outcome: "rejected", hash, reason: "duplicate-invalid", changes: [] }
        : { outcome: "duplicate", entry: known.entry };
    }
    if (this.#refused.has(hash))
      return { outcome: "rejected", hash, reason: "duplicate-invalid", changes: [] };
    const read = decodeBlock(bytes);
    if (!read.ok) return { outcome: "rejected", hash, reason: undecodableReason(bytes), changes: [] };
    const whole = withReservedValue({ block: read.value, bytes });
    const reason = this.#unstoredFault(whole.block, nowS);
    if (reason !== undefined) return { outcome: "rejected", hash, reason, changes: [] };
    return this.#store(whole);
  }

  propose(block: Block, nowS: number): string | undefined {
    const known = this.#index.find(block.hash);
    if (known !== undefined) return known.entry.status === "invalid" ? "duplicate-invalid" : "duplicate";
    if (this.#refused.has(block.hash)) return "duplicate-invalid";
    if (block.header.previousHash !== this.tip.hash) return "inconclusive-not-best-prevblk";
    // TestBlockValidity looks at the header first.
    const fault = headerFault(block, this.tip, nowS) ?? blockFault(block) ?? contentsFault(block, this.tip);
    if (fault !== undefined) return fault;
    const checked = checkSpending(block, this.#chain, this.#verified, false);
    return checked.ok ? undefined : checked.reason;
  }

  invalidate(hash: string): readonly ChainChange[] {
    const indexed = this.#find(hash);
    if (indexed === this.#index.genesis) throw chainErrors.DEVNET_GENESIS_KEPT({ hash });
    return this.#followOr(this.#index.refuse(indexed));
  }

  reconsider(hash: string): readonly ChainChange[] {
    const indexed = this.#find(hash);
    return this.#followOr(this.#index.pardon(indexed));
  }

  checkTransaction(
    transaction: Transaction,
    coins: (txid: string, index: number) => Coin | undefined,
    spendHeightBlocks: number,
  ): ReturnType<ChainKernel["checkTransaction"]> {
    return checkUnconfirmed(transaction, coins, spendHeightBlocks, this.#chain, this.#verified);
  }

  // All that can be told before the block has a place in the tree.
  #unstoredFault(block: Block, nowS: number): string | undefined {
    if (!provesWork(block.hash, block.header.bits)) return "high-hash";
    const fault = blockFault(block);
    if (fault !== undefined) return fault;
    const parent = this.#index.find(block.header.previousHash);
    if (parent === undefined)
      return this.#refused.has(block.header.previousHash) ? "bad-prevblk" : "prev-blk-not-found";
    if (parent.entry.status === "invalid") return "bad-prevblk";
    const inHeader = headerFault(block, parent.entry, nowS);
    if (inHeader !== undefined) return inHeader;
    const inContents = contentsFault(block, parent.entry);
    // Another witness may stand on the same header: the hash says nothing about it.
    if (inContents !== undefined && !witnessFaults.has(inContents)) this.#refused.add(block.hash);
    return inContents;
  }

  #store({ block, bytes }: ReadBlock): BlockOutcome {
    this.#archive.putBlock(block.hash, bytes);
    const parent = this.#find(block.header.previousHash);
    const added = this.#index.add(block, parent);
    if (!isBetter(added, this.#chain.tip)) return { outcome: "accepted", entry: added.entry, changes: [] };
    let changes: readonly ChainChange[];
    try {
      changes = followBest(this.#parts, [block]);
    } catch (error) {
      this.#index.takeBack(added);
      throw error;
    }
    const refused = changes.find((change) => change.kind === "refused");
    if (refused === undefined) return { outcome: "accepted", entry: added.entry, changes };
    // A block on the way to this one may have broken the rule: then this one stands on an invalid one.
    const reason = refused.entry === added.entry ? refused.reason : "bad-prevblk";
    return { outcome: "rejected", hash: block.hash, reason, changes };
  }

  #followOr(undo: () => void): readonly ChainChange[] {
    try {
      return followBest(this.#parts);
    } catch (error) {
      undo();
      throw error;
    }
  }

  #find(hash: string): IndexedBlock {
    const found = this.#index.find(hash);
    if (found === undefined) throw chainErrors.DEVNET_BLOCK_UNKNOWN({ hash });
    return found;
  }
}
