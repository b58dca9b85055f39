import type { Block } from "../../block/block.js";
import { workOfBits } from "../../block/proof-of-work.js";
import type { BlockEntry } from "./chain-kernel.js";

const medianSpanBlocks = 11;

type Live<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** A block in the tree. Its entry's status is kept up to date; everything else never changes. */
export interface IndexedBlock {
  readonly entry: Live<BlockEntry>;
  readonly parent: IndexedBlock | undefined;
  readonly children: IndexedBlock[];
  /** The first seen of two has the lower one. */
  readonly order: number;
  /** It was connected once, so that all of it was checked. */
  wasConnected: boolean;
}

/** All blocks that were accepted, as a tree with the genesis block at its root. One entry per stored block. */
export class BlockIndex {
  readonly genesis: IndexedBlock;
  readonly #byHash = new Map<string, IndexedBlock>();
  #nextOrder = 0;
  // Unset when it must be looked for: after a mark was set on it, or taken off others.
  #best: IndexedBlock | undefined;

  constructor(genesis: Block) {
    this.genesis = this.#insert(genesis, undefined);
    this.genesis.wasConnected = true;
    this.genesis.entry.status = "active";
  }

  find(hash: string): IndexedBlock | undefined {
    return this.#byHash.get(hash);
  }

  add(block: Block, parent: IndexedBlock): IndexedBlock {
    const added = this.#insert(block, parent);
    parent.children.push(added);
    if (this.#best !== undefined && added.entry.status !== "invalid" && isBetter(added, this.#best)) {
      this.#best = added;
    }
    return added;
  }

  /** Forgets the block that was added last, which nothing stands on. */
  takeBack(block: IndexedBlock): void {
    block.parent?.children.pop();
    this.#byHash.delete(block.entry.hash);
    this.#best = undefined;
  }

  /** Marks a block and what stands on it as invalid. @returns what puts all marks back to where they were */
  refuse(block: IndexedBlock): () => void {
    const before = new Map<IndexedBlock, BlockEntry["status"]>();
    for (const each of withDescendants(block)) {
      before.set(each, each.entry.status);
      each.entry.status = "invalid";
    }
    if (this.#best?.entry.status === "invalid") this.#best = undefined;
    return () => this.#putBack(before);
  }

  /** Takes the mark off a block, its ancestors and what stands on it. @returns what puts all marks back */
  pardon(block: IndexedBlock): () => void {
    const before = new Map<IndexedBlock, BlockEntry["status"]>();
    for (const each of [...ancestorsOf(block), ...withDescendants(block)]) {
      if (each.entry.status !== "invalid") continue;
      before.set(each, each.entry.status);
      each.entry.status = each.wasConnected ? "valid-fork" : "valid-headers";
    }
    this.#best = undefined;
    return () => this.#putBack(before);
  }

  /** The end of the chain with the most work among the valid ones; of equal work the first seen. */
  best(): IndexedBlock {
    this.#best ??= this.#findBest();
    return this.#best;
  }

  /** Blocks that nothing stands on. */
  *leaves(): Generator<IndexedBlock> {
    for (const block of this.#byHash.values()) if (block.children.length === 0) yield block;
  }

  #findBest(): IndexedBlock {
    let best = this.genesis;
    for (const block of this.#byHash.values()) {
      if (block.entry.status !== "invalid" && isBetter(block, best)) best = block;
    }
    return best;
  }

  #putBack(before: ReadonlyMap<IndexedBlock, BlockEntry["status"]>): void {
    for (const [block, status] of before) block.entry.status = status;
    this.#best = undefined;
  }

  #insert(block: Block, parent: IndexedBlock | undefined): IndexedBlock {
    const { hash, header } = block;
    const inserted: IndexedBlock = {
      entry: {
        hash,
        heightBlocks: parent === undefined ? 0 : parent.entry.heightBlocks + 1,
        header,
        chainWork: (parent?.entry.chainWork ?? 0n) + workOfBits(header.bits),
        medianTimeS: medianTimeS(header.timestampS, parent),
        transactionCount: block.transactions.length,
        status: parent?.entry.status === "invalid" ? "invalid" : "valid-headers",
      },
      parent,
      children: [],
      order: this.#nextOrder++,
      wasConnected: false,
    };
    this.#byHash.set(hash, inserted);
    return inserted;
  }
}

/** True when the chain that ends with `block` is to be preferred to the one that ends with `other`. */
export function isBetter(block: IndexedBlock, other: IndexedBlock): boolean {
  const [work, otherWork] = [block.entry.chainWork, other.entry.chainWork];
  return work > otherWork || (work === otherWork && block.order < other.order);
}

/** The last block that two chains have in common. */
export function forkOf(left: IndexedBlock, right: IndexedBlock): IndexedBlock {
  let [a, b] = [left, right];
  // Each has a parent until both are the genesis block, at the latest.
  while (a !== b) {
    if (a.entry.heightBlocks >= b.entry.heightBlocks) a = a.parent as IndexedBlock;
    else b = b.parent as IndexedBlock;
  }
  return a;
}

/** How many blocks a chain has that the best one hasn't: what is behind its last active block isn't looked at. */
export function branchLength(end: IndexedBlock): number {
  let fork = end;
  // The genesis block is always active.
  while (fork.entry.status !== "active") fork = fork.parent as IndexedBlock;
  return end.entry.heightBlocks - fork.entry.heightBlocks;
}

function* ancestorsOf(block: IndexedBlock): Generator<IndexedBlock> {
  for (let each = block.parent; each !== undefined; each = each.parent) yield each;
}

function* withDescendants(block: IndexedBlock): Generator<IndexedBlock> {
  const waiting = [block];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    for (const child of next.children) waiting.push(child);
  }
}

function medianTimeS(timestampS: number, parent: IndexedBlock | undefined): number {
  const times = [timestampS];
  for (let each = parent; each !== undefined && times.length < medianSpanBlocks; each = each.parent) {
    times.push(each.entry.header.timestampS);
  }
  times.sort((left, right) => left - right);
  return times[times.length >> 1] as number;
}
