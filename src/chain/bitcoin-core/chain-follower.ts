import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { Transaction } from "../block/transaction.js";
import { chainErrors } from "../errors.js";
import { headerOf, type NodeHeader, notUnderstood, transactionsOf } from "./node-blocks.js";
import { type ChainBlock, RecentChain } from "./recent-chain.js";
import { isAbsence, type RpcCaller } from "./rpc-caller.js";

/** Who hears what the chain does. Each call comes when the chain has changed already; none throws. */
export interface ChainSink {
  /** The tip was taken off. `transactions` are undefined when the node no longer has the block. */
  disconnected(block: ChainBlock, transactions: readonly Transaction[] | undefined): void;
  /** All of the old branch is off, and `newTip` ends another one, whose first block comes next. */
  switched(oldTip: string, newTip: string): void;
  /** Comes before the block is connected and may ask the node; a rejection leaves the chain as it is. */
  connecting(block: ChainBlock, transactions: readonly Transaction[]): Promise<void>;
  connected(block: ChainBlock, transactions: readonly Transaction[]): void;
  /** The chain is left as a whole: what comes next, beside disconnected blocks, is a new beginning. */
  leaving(): void;
  /** The next block is the first of the new beginning. */
  beginning(): void;
}

export interface ChainFollowerDependencies {
  readonly rpc: RpcCaller;
  readonly log: Pick<Logger, "error">;
  readonly sink: ChainSink;
  readonly signal: AbortSignal;
}

/** The errors after which the blocks between can't be told. */
const beginAnewCodes = ["NODE_CATCH_UP_EXCEEDED", "NODE_CHAIN_UNKNOWN", "NODE_BLOCK_PRUNED"];

/**
 * Follows a node's best chain by walking parents over RPC, from a block that the node names to one that was told.
 * The sink hears every block that left, tip first, then every block that came, lowest first, each once per connection,
 * whatever hints were lost: a walk that fails half-way goes on where it stopped, at the next call.
 *
 * A block that is connected again after it was disconnected, with no other between, is no switch of branches.
 * Where more than `maxCatchUpBlocks` would have to be told, or the node has lost the blocks between, the reason is
 * logged and the chain begins anew: `leaving`, the told blocks that are off the best chain (tip first), `beginning`,
 * and the node's tip alone.
 *
 * Calls may not overlap. Rejects with what kept the node from answering, and with NODE_ANSWER_INVALID where the heights
 * and parents that it tells are no chain: nothing is told of them.
 */
export class ChainFollower {
  readonly chain = new RecentChain();
  readonly #dependencies: ChainFollowerDependencies;
  readonly #maxCatchUpBlocks: number;
  /** What was disconnected since the last block came: its uppermost block, and all of them. */
  #left: { readonly tip: string; readonly hashes: Set<string> } | undefined;

  constructor(dependencies: ChainFollowerDependencies, options: { readonly maxCatchUpBlocks: number }) {
    this.#dependencies = dependencies;
    this.#maxCatchUpBlocks = options.maxCatchUpBlocks;
  }

  /** Takes a block as the tip that is known already: the sink hears nothing of it. */
  async begin(hash: string): Promise<void> {
    const tip = await this.#header(hash);
    this.chain.clear();
    this.chain.push(tip);
  }

  /**
   * Connects a block that stands on the tip.
   * @returns false, and nothing was told, where it takes a walk: it doesn't stand on the tip, or a branch was left
   */
  async extend(hash: string): Promise<boolean> {
    if (this.#left !== undefined) return false;
    const header = await this.#header(hash);
    const { tip } = this.chain;
    if (header.previousHash !== tip?.hash) return false;
    demandHeight(header, (tip?.heightBlocks ?? 0) + 1);
    await this.#connect(header, await this.#transactions(header), hash);
    return true;
  }

  /** Walks to a block of the node, usually its tip. */
  async walkTo(target: string): Promise<void> {
    if (target === this.chain.tip?.hash) return;
    try {
      const { fork, path } = await this.#pathTo(target);
      while (this.chain.tip !== undefined && this.chain.tip.hash !== fork) await this.#disconnect();
      await this.#connectAll(path, target);
    } catch (error) {
      if (!beginAnewCodes.includes(errorCode(error) ?? "")) throw error;
      await this.#beginAnew(target, error);
    }
  }

  /** The blocks from the last told ancestor of `target` up to it, lowest first; changes nothing that is told. */
  async #pathTo(target: string): Promise<{ fork: string; path: NodeHeader[] }> {
    const from = this.chain.tip?.heightBlocks ?? 0;
    const path: NodeHeader[] = [];
    let hash = target;
    while (!this.chain.has(hash)) {
      const header = await this.#header(hash);
      const above = path.at(-1);
      if (above !== undefined) demandHeight(header, above.heightBlocks - 1);
      path.push(header);
      const depthBlocks = Math.max(
        path.length,
        (path[0]?.heightBlocks ?? 0) - from,
        from - header.heightBlocks,
      );
      if (depthBlocks > this.#maxCatchUpBlocks) {
        const limitBlocks = this.#maxCatchUpBlocks;
        throw chainErrors.NODE_CATCH_UP_EXCEEDED({ missedBlocks: depthBlocks, limitBlocks });
      }
      await this.#reachDownTo(header.heightBlocks - 1);
      if (header.previousHash === undefined) throw this.#unknown();
      hash = header.previousHash;
    }
    const forkHeight = this.chain.heightOf(hash) ?? 0;
    const first = path.at(-1);
    if (first !== undefined) demandHeight(first, forkHeight + 1);
    return { fork: hash, path: path.reverse() };
  }

  /** Asks the node for told blocks that were forgotten here, down to a height. */
  async #reachDownTo(heightBlocks: number): Promise<void> {
    for (;;) {
      const { lowest } = this.chain;
      if (lowest?.previousHash === undefined || lowest.heightBlocks <= heightBlocks) return;
      try {
        const header = await this.#header(lowest.previousHash);
        demandHeight(header, lowest.heightBlocks - 1);
        this.chain.putBelow(header);
      } catch (error) {
        throw isAbsence(error) ? this.#unknown() : error;
      }
    }
  }

  async #disconnect(): Promise<void> {
    const { tip } = this.chain;
    if (tip === undefined) return;
    // One that has to go although nothing is known below it: what is below must be known before it goes.
    await this.#reachDownTo(tip.heightBlocks - 1);
    const transactions = await this.#transactionsIfKept(tip);
    this.chain.pop();
    this.#left ??= { tip: tip.hash, hashes: new Set() };
    this.#left.hashes.add(tip.hash);
    this.#dependencies.sink.disconnected(tip, transactions);
  }

  async #connectAll(path: readonly NodeHeader[], target: string): Promise<void> {
    const load = (index: number) => {
      const block = path[index];
      const loading = block && this.#transactions(block);
      // Its failure is met when its turn comes, which an earlier failure prevents.
      loading?.catch(() => {});
      return loading;
    };
    let next = load(0);
    for (const [index, block] of path.entries()) {
      const transactions = await next;
      next = load(index + 1);
      await this.#connect(block, transactions ?? [], target);
    }
  }

  async #connect(block: ChainBlock, transactions: readonly Transaction[], target: string): Promise<void> {
    const { sink, signal } = this.#dependencies;
    await sink.connecting(block, transactions);
    signal.throwIfAborted();
    if (this.#left?.hashes.delete(block.hash) === false) {
      sink.switched(this.#left.tip, target);
      this.#left = undefined;
    } else if (this.#left?.hashes.size === 0) {
      this.#left = undefined;
    }
    this.chain.push(block);
    sink.connected(block, transactions);
  }

  async #beginAnew(target: string, cause: unknown): Promise<void> {
    const { sink, log } = this.#dependencies;
    const tip = await this.#header(target);
    const transactions = await this.#transactions(tip);
    const off = await this.#countOff();
    await sink.connecting(tip, transactions);
    log.error(
      { error: cause, from: this.chain.tip?.heightBlocks, to: tip.heightBlocks },
      errorMessage(cause),
    );
    sink.leaving();
    for (let index = 0; index < off; index += 1) {
      const block = this.chain.pop();
      if (block !== undefined) sink.disconnected(block, undefined);
    }
    this.#left = undefined;
    sink.beginning();
    this.chain.clear();
    this.chain.push(tip);
    sink.connected(tip, transactions);
  }

  /** How many of the kept blocks, from the tip down, are not in the node's best chain. */
  async #countOff(): Promise<number> {
    const { tip, lowest } = this.chain;
    if (tip === undefined || lowest === undefined) return 0;
    for (let height = tip.heightBlocks; height >= lowest.heightBlocks; height -= 1) {
      if (await this.#isInBestChain(this.chain.at(height)?.hash ?? "")) return tip.heightBlocks - height;
    }
    return tip.heightBlocks - lowest.heightBlocks + 1;
  }

  async #isInBestChain(hash: string): Promise<boolean> {
    try {
      return (await this.#header(hash)).confirmations > 0;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return false;
    }
  }

  #unknown() {
    const { hash = "", heightBlocks = 0 } = this.chain.lowest ?? {};
    return chainErrors.NODE_CHAIN_UNKNOWN({ hash, heightBlocks });
  }

  async #transactionsIfKept(block: ChainBlock): Promise<readonly Transaction[] | undefined> {
    try {
      return await this.#transactions(block);
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return undefined;
    }
  }

  #header(hash: string): Promise<NodeHeader> {
    const { rpc, signal } = this.#dependencies;
    return headerOf(rpc, hash, signal);
  }

  #transactions(block: ChainBlock): Promise<readonly Transaction[]> {
    const { rpc, signal } = this.#dependencies;
    return transactionsOf(rpc, block, signal);
  }
}

/** Headers that don't stand on each other are no chain, and may never end. */
function demandHeight({ heightBlocks }: ChainBlock, expected: number): void {
  if (heightBlocks !== expected) throw notUnderstood("getblockheader");
}
