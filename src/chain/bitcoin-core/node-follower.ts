import type { SchedulerLike } from "rxjs";
import { Deque } from "../../deque.js";
import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { ChainEvent } from "../chain-source.js";
import { Backoff } from "./backoff.js";
import { ChainFollower, type ChainSink } from "./chain-follower.js";
import type { MempoolArrival } from "./mempool-arrival.js";
import { MempoolFollower } from "./mempool-follower.js";
import { mempoolStateOf, takeSnapshot } from "./mempool-snapshot.js";
import { bestHashOf } from "./node-blocks.js";
import type { NodeNotice } from "./node-notice.js";
import type { ChainBlock } from "./recent-chain.js";
import { isAbsence, type RpcCaller } from "./rpc-caller.js";
import type { SyncProgress } from "./sync-progress.js";
import { WakeUp } from "./wake-up.js";

/** Notices that wait; beyond that they are dropped and the node is asked instead. */
const maxNotices = 20_000;
/** Notices that are looked at together, so that what they need is asked for at once. */
const batchNotices = 64;
/** A removal waits so long for the block or the replacement that explains it, at most twice as long. */
const undecidedMs = 1000;
/** How long after the notice of a block its own message may come. */
const lateBlockMs = 300;
const pollsPerCheck = 5;
/** A mempool that is small enough to be listed at each look that finds it changed: 350 kB. */
const smallMempool = 5000;

export interface NodeFollowerDependencies {
  readonly rpc: RpcCaller;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly scheduler: SchedulerLike;
  readonly sync: Pick<SyncProgress, "look" | "lost" | "leave" | "begin">;
  readonly emit: (event: ChainEvent) => void;
  /** Ends everything; its owner aborts it. */
  readonly signal: AbortSignal;
  /**
   * Asks the node who it is, after each loss too. Resolves with whether its notices about blocks and mempool come;
   * rejects when it isn't the node that is followed.
   */
  readonly connect: () => Promise<{ readonly hasSequence: boolean }>;
  /** Right before and right after the NewBlock of a block, and right before its BlockDisconnected. */
  readonly beforeBlock?: (block: ChainBlock, txids: readonly string[]) => void;
  readonly afterBlock?: (block: ChainBlock, parent: ChainBlock | undefined) => void;
  readonly beforeDisconnect?: (block: ChainBlock) => void;
}

export interface NodeFollowerOptions {
  readonly pollIntervalMs: number;
  readonly retryMaxMs: number;
  readonly maxCatchUpBlocks: number;
}

/**
 * Follows blocks and mempool of a node together: one thing at a time, in the node's order where its `sequence` messages
 * tell it. Blocks and mempool are told as they stand to each other in the node: an entry into the mempool before the
 * block that confirms it, removals after it.
 *
 * While the messages are whole, each is applied as it comes. A gap in them, a block that doesn't stand on the tip, a
 * look every five polls that finds another tip or a mempool that the messages don't explain, and every loss of the connection lead to the same cure:
 * a snapshot of mempool and tip, the walk to that tip, and the difference. Without messages each poll is such a look.
 *
 * Notices that wait: at most 20,000, then they are dropped and the cure is due. Retries: {@link Backoff}.
 */
export class NodeFollower {
  readonly chain: ChainFollower;
  readonly mempool: MempoolFollower;
  readonly #dependencies: NodeFollowerDependencies;
  readonly #options: NodeFollowerOptions;
  readonly #notices = new Deque<NodeNotice>();
  readonly #wakeUp: WakeUp;
  readonly #backoff: Backoff;
  #hasSequence = false;
  #isCureDue = false;
  /** The node answers and can't be followed all the same: it is not told as back before a cure succeeded. */
  #isCureFailing = false;
  /** Messages about the mempool below this number are in the last snapshot. */
  #nextSequence = 0;
  #lookDueMs = 0;
  #decideDueMs = Number.POSITIVE_INFINITY;
  #lastPrint = "";
  #hadOtherSize = false;
  #hasApplied = false;
  /** The first event of all is the phase of the node. */
  #hasLooked = false;
  #isLost = false;
  /** What was logged of the present loss: once each. */
  readonly #lostCodes = new Set<string>();
  #filling: Promise<void> = Promise.resolve();
  #isFilling = false;

  constructor(dependencies: NodeFollowerDependencies, options: NodeFollowerOptions) {
    const { rpc, log, emit, signal, scheduler } = dependencies;
    this.#dependencies = dependencies;
    this.#options = options;
    this.#wakeUp = new WakeUp(scheduler);
    this.#backoff = new Backoff({ maxMs: options.retryMaxMs });
    this.mempool = new MempoolFollower({ rpc, emit, signal, nowS: () => Date.now() / 1000 });
    this.chain = new ChainFollower({ rpc, log, signal, sink: this.#sink() }, options);
    signal.addEventListener("abort", () => this.#wakeUp.close(), { once: true });
  }

  /** Takes tip and mempool of the node as known. Rejects with what kept the node from answering; may be called again. */
  async begin(): Promise<void> {
    const { rpc, signal, connect } = this.#dependencies;
    const { hasSequence } = await connect();
    const snapshot = await takeSnapshot(rpc, signal);
    await this.chain.begin(snapshot.tip);
    this.mempool.begin(snapshot);
    this.#nextSequence = snapshot.nextSequence;
    this.#hasSequence = hasSequence;
    this.#scheduleLook();
  }

  /** Never throws; the notice is looked at later. */
  notice(notice: NodeNotice): void {
    if (notice.kind === "gap" || this.#notices.size >= maxNotices) {
      this.#dropNotices();
      this.#isCureDue = true;
    } else {
      this.#notices.push(notice);
    }
    this.#wakeUp.wake();
  }

  /** Follows until the signal is aborted; never rejects. */
  async run(): Promise<void> {
    const { signal, scheduler } = this.#dependencies;
    this.#fill();
    while (!signal.aborted) {
      try {
        await this.#step();
        if (!this.#isCureDue) this.#backoff.reset();
        if (this.#notices.size === 0 && !this.#isCureDue)
          await this.#wakeUp.sleep(Math.min(this.#lookDueMs, this.#decideDueMs));
      } catch (error) {
        if (signal.aborted) break;
        this.#lose(error);
        await this.#wakeUp.pause(this.#backoff.next(scheduler.now()));
      }
    }
    await this.#filling;
  }

  async #step(): Promise<void> {
    const { scheduler, sync, signal } = this.#dependencies;
    if (this.#isLost) await this.#reconnect();
    else if (!this.#hasLooked) {
      await sync.look(signal);
      this.#hasLooked = true;
    } else if (this.#isCureDue) await this.#cure();
    else if (scheduler.now() >= this.#decideDueMs) await this.#decideOld();
    else if (this.#notices.size > 0) await this.#apply();
    else if (scheduler.now() >= this.#lookDueMs) await this.#look();
  }

  /** Makes books and node the same, whatever was missed. */
  async #cure(): Promise<void> {
    const { rpc, signal } = this.#dependencies;
    this.#isCureDue = false;
    try {
      const snapshot = await takeSnapshot(rpc, signal);
      this.mempool.expect(snapshot);
      await this.chain.walkTo(snapshot.tip);
      await this.mempool.settle(snapshot);
      this.#nextSequence = snapshot.nextSequence;
      this.#isCureFailing = false;
    } catch (error) {
      this.#isCureDue = true;
      this.#isCureFailing = true;
      throw error;
    }
    this.#decideDueMs = Number.POSITIVE_INFINITY;
    this.#hadOtherSize = false;
    this.#scheduleLook();
  }

  async #apply(): Promise<void> {
    this.#hasApplied = true;
    const batch: NodeNotice[] = [];
    while (batch.length < batchNotices) {
      const notice = this.#notices.shift();
      if (notice === undefined) break;
      batch.push(notice);
      if (notice.kind === "connected" || notice.kind === "disconnected") break;
    }
    const entered = batch.flatMap((notice) =>
      notice.kind === "added" && this.#isNews(notice) ? [notice.txid] : [],
    );
    const arrivals = await this.mempool.lookUp(entered);
    for (const notice of batch) {
      if (this.#isCureDue) return;
      await this.#applyOne(notice, arrivals);
    }
  }

  async #applyOne(notice: NodeNotice, arrivals: ReadonlyMap<string, MempoolArrival>): Promise<void> {
    switch (notice.kind) {
      case "added":
        if (!this.#isNews(notice)) return;
        if (this.mempool.isLeaving(notice.txid)) await this.mempool.decide([notice.txid]);
        this.mempool.enter(notice.txid, arrivals.get(notice.txid));
        return;
      case "removed":
        if (this.#isNews(notice)) this.mempool.leave(notice.txid);
        this.#scheduleDecision();
        return;
      case "connected":
        if (this.chain.chain.has(notice.hash)) return;
        if (await this.#extend(notice.hash)) await this.#decide();
        else this.#isCureDue = true;
        return;
      case "disconnected":
        if (this.chain.chain.has(notice.hash)) this.#isCureDue = true;
        return;
      case "tip":
        this.#lookWithin(this.#hasSequence ? lateBlockMs : 0);
        return;
      case "mempool":
        this.#lookWithin(lateBlockMs);
        return;
      case "gap":
        this.#isCureDue = true;
        return;
    }
  }

  /** A block whose header the node no longer has is none that stands on the tip. */
  async #extend(hash: string): Promise<boolean> {
    try {
      return await this.chain.extend(hash);
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return false;
    }
  }

  async #decide(): Promise<void> {
    this.#decideDueMs = Number.POSITIVE_INFINITY;
    await this.mempool.decide();
  }

  async #decideOld(): Promise<void> {
    this.#decideDueMs = Number.POSITIVE_INFINITY;
    await this.mempool.decideOld();
    this.#scheduleDecision();
  }

  /** What comes meanwhile doesn't put it off. */
  #scheduleDecision(): void {
    if (this.mempool.undecided === 0 || Number.isFinite(this.#decideDueMs)) return;
    this.#decideDueMs = this.#dependencies.scheduler.now() + undecidedMs;
  }

  /** Looks whether something was missed. Sizes differ for a moment whenever messages are on their way: twice is too much. */
  async #look(): Promise<void> {
    const { rpc, signal } = this.#dependencies;
    this.#scheduleLook();
    this.#fill();
    const best = await bestHashOf(rpc, signal);
    const { transactions, print } = await mempoolStateOf(rpc, signal);
    const isOtherTip = best !== this.chain.chain.tip?.hash;
    if (this.#hasSequence) {
      const hasOtherSize = transactions !== this.mempool.size - this.mempool.undecided;
      // The last messages may be lost and no number that follows tells. In a large mempool one follows soon.
      const isUnexplained = print !== this.#lastPrint && (!this.#hasApplied || transactions <= smallMempool);
      this.#isCureDue =
        (isOtherTip && this.#notices.size === 0) || isUnexplained || (hasOtherSize && this.#hadOtherSize);
      this.#hadOtherSize = hasOtherSize;
      this.#hasApplied = false;
    } else {
      this.#isCureDue = isOtherTip || print !== this.#lastPrint;
    }
    this.#lastPrint = print;
  }

  #isNews(notice: { readonly mempoolSequence: number }): boolean {
    return notice.mempoolSequence >= this.#nextSequence;
  }

  #lose(error: unknown): void {
    const { log, sync } = this.#dependencies;
    const message = errorMessage(error);
    const code = errorCode(error) ?? "";
    if (!this.#lostCodes.has(code))
      log.warn({ code }, `the node is lost: ${message}; it is tried again and nothing is skipped`);
    this.#lostCodes.add(code);
    this.#isLost = true;
    this.#dropNotices();
    this.#isCureDue = true;
    sync.lost(message);
  }

  /** What was missed is told next, by the cure that a loss makes due. */
  async #reconnect(): Promise<void> {
    const { signal, connect, sync, log } = this.#dependencies;
    if (signal.aborted) return;
    const { hasSequence } = await connect();
    this.#hasSequence = hasSequence;
    if (this.#isCureFailing) await this.#cure();
    await sync.look(signal);
    this.#isLost = false;
    this.#lostCodes.clear();
    log.info({}, "the node is back");
  }

  /** Goes on where a failure ended it. */
  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    this.#filling = this.mempool
      .fill()
      .catch(() => {})
      .finally(() => {
        this.#isFilling = false;
      });
  }

  #scheduleLook(): void {
    const { pollIntervalMs } = this.#options;
    this.#lookDueMs =
      this.#dependencies.scheduler.now() + pollIntervalMs * (this.#hasSequence ? pollsPerCheck : 1);
  }

  #lookWithin(delayMs: number): void {
    this.#lookDueMs = Math.min(this.#lookDueMs, this.#dependencies.scheduler.now() + delayMs);
  }

  #dropNotices(): void {
    while (this.#notices.shift() !== undefined);
  }

  #sink(): ChainSink {
    const { emit, sync, beforeBlock, afterBlock, beforeDisconnect } = this.#dependencies;
    return {
      disconnected: (block, transactions) => {
        this.mempool.afterDisconnect(transactions);
        beforeDisconnect?.(block);
        emit({ type: "BlockDisconnected", payload: { hash: block.hash, height: block.heightBlocks } });
      },
      switched: (old_tip, new_tip) => emit({ type: "ChainReorg", payload: { old_tip, new_tip } }),
      connecting: (block, transactions) => this.mempool.beforeBlock(block.hash, transactions),
      connected: (block, transactions) => {
        const txids = transactions.map(({ txid }) => txid);
        beforeBlock?.(block, txids);
        emit({ type: "NewBlock", payload: { block_hash: block.hash, height: block.heightBlocks } });
        this.mempool.afterBlock(transactions);
        afterBlock?.(block, this.chain.chain.at(block.heightBlocks - 1));
      },
      leaving: () => sync.leave(),
      beginning: () => {
        this.mempool.passBlocks();
        sync.begin();
      },
    };
  }
}
