import { type Observable, type SchedulerLike, Subject } from "rxjs";
import { monotonicScheduler } from "../../clock.js";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { ChainEvent, ChainInfo, ChainSource, ChainTip } from "../chain-source.js";
import { chainErrors } from "../errors.js";
import type { ChainOptions } from "../options.js";
import type { ChainBlock } from "./block-chains.js";
import { logSkipped, openBlockLibrary } from "./block-library.js";
import { embeddedBlockFiles } from "./embedded-blocks.js";
import { createPacer, type Pacer } from "./pacer.js";
import type { PlayedBlock } from "./played-block.js";
import { type PreparedSegment, prepareSegment } from "./prepare-segment.js";
import { planSegments, type ReplaySegment } from "./reorg-plan.js";
import { type ReplayQueries, replayQueries } from "./replay-queries.js";
import { ReplayedNode } from "./replayed-node.js";
import { RereadBlocks } from "./reread-blocks.js";

// Pace real_time knows no spacing for the first block of a chain and for the end of a competing branch.
const firstGapMs = 10_000;
const reorgGapMs = 5_000;

export interface ReplayDependencies {
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  /** Where time comes from; by default the event loop's timers with a monotonic clock. */
  readonly scheduler?: SchedulerLike;
}

/** A chain source that plays raw blocks from files. */
export interface ReplaySource extends ChainSource {
  readonly queries: ReplayQueries;
  /** Settles when the last file was played (never with `loop`) or the source was closed; never rejects. */
  readonly finished: Promise<void>;
}

/**
 * Plays raw blocks as the events of a node that hears of each transaction, then of the block.
 *
 * Per block: NewTransaction and MempoolTransactionAdded for each transaction but the coinbase,
 * BlockValidationStarted, BlockValidationCompleted, NewBlock, and MempoolTransactionRemoved (confirmed) for each.
 * `fee_rate` is the block's mean in sat/vB, for a block alone doesn't tell the fee of one transaction.
 *
 * The first block of a chain is connected after SyncStateChanged (Initial to Synced). Before that of another chain, or
 * of the same one again in the next epoch of a loop, every block is disconnected, tip first, after SyncStateChanged
 * (Synced to Initial): a NewBlock is one higher than the tip or the first after such a start, and never lowers the
 * height silently.
 *
 * Where `reorg` asks for it, a competing branch comes first and the real one then replaces it: BlockDisconnected and
 * the return of its transactions, tip first, ChainReorg, then the real blocks. Competing blocks are built here,
 * so their hashes don't meet the target.
 *
 * Queries are answered from the files, which are read again: for the blocks of the best chain and the last hundred that
 * were disconnected. What a file of blocks doesn't tell stays out: outputs, single fees, peers, templates.
 *
 * A file that can't be read, parsed or checked is logged and left out; `start` rejects with NO_PLAYABLE_FILE
 * when none is left. After the last file the source stays at its tip until it is closed.
 */
export function createReplaySource(dependencies: ReplayDependencies, options: ChainOptions): ReplaySource {
  return new Replay(dependencies, options);
}

class Replay implements ReplaySource {
  readonly name = "replay";
  readonly events$: Observable<ChainEvent>;
  readonly finished: Promise<void>;
  readonly queries: ReplayQueries;

  readonly #log: ReplayDependencies["log"];
  readonly #scheduler: SchedulerLike;
  readonly #options: ChainOptions;
  readonly #files: readonly string[];
  readonly #isLooped: boolean;
  readonly #events = new Subject<ChainEvent>();
  readonly #closing = new AbortController();
  readonly #node = new ReplayedNode();
  readonly #blocks = new RereadBlocks(this.#closing);
  readonly #pacer: Pacer;
  #started: Promise<void> | undefined;
  #settleFinished: () => void = () => {};

  constructor({ log, scheduler = monotonicScheduler }: ReplayDependencies, options: ChainOptions) {
    this.#log = log;
    this.#scheduler = scheduler;
    this.#options = options;
    this.#files = options.files ?? embeddedBlockFiles;
    this.#isLooped = options.loop ?? options.files === undefined;
    this.events$ = this.#events.asObservable();
    this.queries = replayQueries(this.#node, this.#blocks, this.#closing);
    this.#pacer = createPacer({ scheduler, emit: (event) => this.#events.next(event) }, options);
    this.finished = new Promise((resolve) => {
      this.#settleFinished = resolve;
    });
  }

  start(): Promise<void> {
    if (this.#closing.signal.aborted)
      return Promise.reject(chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name }));
    this.#started ??= this.#open();
    return this.#started;
  }

  tip(): ChainTip | undefined {
    return this.#node.tip();
  }

  chainInfo(): ChainInfo | undefined {
    return this.#node.chainInfo();
  }

  async close(): Promise<void> {
    this.#closing.abort(chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name }));
    const isPlaying = await this.#started?.then(
      () => true,
      () => false,
    );
    if (isPlaying !== true) this.#settleFinished();
    await this.finished;
    await this.#blocks.close();
    this.#events.complete();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(): Promise<void> {
    const { signal } = this.#closing;
    const chains = await openBlockLibrary(this.#files, { log: this.#log, signal });
    signal.throwIfAborted();
    const blocks = chains.reduce((sum, chain) => sum + chain.length, 0);
    this.#log.info({ files: this.#files.length, blocks, chains: chains.length }, "replay starts");
    void this.#play(chains)
      .catch((error: unknown) => this.#log.error({ err: error }, `replay stopped: ${errorMessage(error)}`))
      .finally(this.#settleFinished);
  }

  async #play(chains: readonly (readonly ChainBlock[])[]): Promise<void> {
    const { signal } = this.#closing;
    for (let epoch = 1; !signal.aborted; epoch += 1) {
      if (epoch > 1)
        this.#logRound(
          epoch,
          { epoch },
          `replay begins epoch ${epoch}: the same files from the first block on`,
        );
      let playedSegments = 0;
      for (const segment of chains.flatMap((chain) => planSegments(chain, this.#options.reorg))) {
        if (await this.#playSegment(segment, epoch)) playedSegments += 1;
        if (signal.aborted) return;
      }
      if (!this.#isLooped || playedSegments === 0) {
        const tip = this.tip();
        this.#log.info({ epoch, tip }, `replay finished at height ${tip?.heightBlocks ?? "unknown"}`);
        return;
      }
    }
  }

  /** A short file that loops has many rounds a second: who follows the log is told of the first two. */
  #logRound(epoch: number, fields: object, text: string): void {
    this.#log[epoch <= 2 ? "info" : "debug"](fields, text);
  }

  /** False when a block of the segment can't be read any more: then none of it plays. */
  async #playSegment(segment: ReplaySegment, epoch: number): Promise<boolean> {
    const { signal } = this.#closing;
    let prepared: PreparedSegment;
    try {
      prepared = await prepareSegment(segment, { clock: this.#scheduler });
    } catch (error) {
      logSkipped(this.#log, segment.blocks.map(({ file }) => file).join(", "), error);
      return false;
    }

    for (const [index, block] of prepared.first.entries()) {
      if (this.#node.beginsChain(block)) {
        const left = this.tip();
        this.#logRound(epoch, { epoch, left, heightBlocks: block.heightBlocks }, beginsText(block, left));
      }
      const gapMs = Math.max(0, segment.blocks[index]?.sinceParentMs ?? firstGapMs);
      const spreadEvents = 2 * block.txids.length;
      await this.#pacer.play({ events: this.#node.receive(block), gapMs, spreadEvents }, { signal });
    }
    if (prepared.winning.length > 0) {
      const events = this.#node.reorganize(prepared.first, prepared.winning);
      await this.#pacer.play({ events, gapMs: reorgGapMs, spreadEvents: 0 }, { signal });
    }
    return true;
  }
}

function beginsText(block: PlayedBlock, left: ChainTip | undefined): string {
  const begins = `a chain begins with block ${block.heightBlocks}`;
  return left === undefined
    ? begins
    : `${begins}; its arrival disconnects the chain up to height ${left.heightBlocks}`;
}
