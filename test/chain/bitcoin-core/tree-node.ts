import type { NodeNotice } from "../../../src/chain/bitcoin-core/node-notice.js";
import type { RpcCaller } from "../../../src/chain/bitcoin-core/rpc-caller.js";
import { chainErrors } from "../../../src/chain/errors.js";
import { mineBlock, mustBlock } from "../../kit/mine-block.js";

interface TreeBlock {
  readonly hash: string;
  readonly parent: string | undefined;
  readonly heightBlocks: number;
  readonly bytes: Uint8Array;
  readonly order: number;
}

/** A node in memory that has a tree of blocks and answers about it at once; its best chain is the longest, first seen. */
export class TreeNode implements RpcCaller {
  /** What it published, oldest first; a test takes them out. */
  readonly hints: NodeNotice[] = [];
  /** So many of the next calls find it away. */
  failNext = 0;
  /** Says something else than the truth while it is set. */
  lie: ((method: string, hash: string, truth: unknown) => unknown) | undefined;
  bestHash = "";
  readonly #blocks = new Map<string, TreeBlock>();
  readonly #invalid = new Set<string>();

  /** A chain of so many blocks above the first. */
  constructor(heightBlocks: number) {
    this.#add(undefined, 0);
    for (let height = 1; height <= heightBlocks; height += 1) this.mine(0);
    this.hints.length = 0;
  }

  parentOf(hash: string): string | undefined {
    return this.#blocks.get(hash)?.parent;
  }

  /** From the first block up. */
  chainOf(hash: string): string[] {
    const chain: string[] = [];
    for (
      let block = this.#blocks.get(hash);
      block !== undefined;
      block = this.#blocks.get(block.parent ?? "")
    )
      chain.push(block.hash);
    return chain.reverse();
  }

  /** A block whose parent is so many blocks below the tip, or on a lower branch of the same length. */
  mine(belowTip: number): void {
    const chain = this.chainOf(this.bestHash);
    const parent = chain[Math.max(0, chain.length - 1 - belowTip)];
    // A lost branch goes on where it is as high: that is how it may win.
    const rivals = [...this.#blocks.values()].filter(
      (block) =>
        belowTip > 0 &&
        block.parent !== undefined &&
        !chain.includes(block.hash) &&
        this.#isValid(block.hash),
    );
    const rival = rivals.toSorted((a, b) => b.heightBlocks - a.heightBlocks)[0];
    this.#add(belowTip > 0 && rival !== undefined ? rival.hash : parent, this.#blocks.size);
    this.#choose();
  }

  /** A block on any other; its hash. */
  mineOn(parent: string): string {
    const hash = this.#add(parent, this.#blocks.size);
    this.#choose();
    return hash;
  }

  /** Another data directory: nothing of before is known. */
  replaceAll(heightBlocks: number): void {
    this.#blocks.clear();
    this.#add(undefined, 999);
    for (let height = 1; height <= heightBlocks; height += 1) this.mine(0);
  }

  invalidate(order: number): void {
    const block = [...this.#blocks.values()].find((each) => each.order === order);
    if (block?.parent === undefined) return;
    this.#invalid.add(block.hash);
    this.#choose();
  }

  reconsider(order: number): void {
    const block = [...this.#blocks.values()].find((each) => each.order === order);
    if (block === undefined) return;
    this.#invalid.delete(block.hash);
    this.#choose();
  }

  async call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    await null;
    if (this.failNext > 0) {
      this.failNext -= 1;
      throw chainErrors.NODE_UNREACHABLE({ url: "tree", reason: "away" });
    }
    const truth = this.#answer(method, String(params[0]));
    return (this.lie === undefined ? truth : this.lie(method, String(params[0]), truth)) as T;
  }

  #answer(method: string, hash: string): unknown {
    switch (method) {
      case "getbestblockhash":
        return this.bestHash;
      case "getrawmempool":
        return { txids: [], mempool_sequence: 1 };
      case "getmempoolinfo":
        return { size: 0 };
    }
    const block = this.#blocks.get(hash);
    if (block === undefined)
      throw chainErrors.NODE_RPC_ERROR({ method, rpcCode: -5, reason: "Block not found" });
    if (method === "getblock") return Buffer.from(block.bytes).toString("hex");
    const isInChain = this.chainOf(this.bestHash).includes(hash);
    return {
      hash,
      height: block.heightBlocks,
      ...(block.parent !== undefined && { previousblockhash: block.parent }),
      bits: "207fffff",
      chainwork: (2 * block.heightBlocks + 2).toString(16).padStart(64, "0"),
      confirmations: isInChain ? 1 : -1,
    };
  }

  #isValid(hash: string): boolean {
    return this.chainOf(hash).every((each) => !this.#invalid.has(each));
  }

  #add(parent: string | undefined, order: number): string {
    const heightBlocks = parent === undefined ? 0 : (this.#blocks.get(parent)?.heightBlocks ?? 0) + 1;
    const script = Uint8Array.of(0x51, order & 0xff, order >> 8);
    const bytes = mineBlock({ previousHash: parent ?? "0".repeat(64), heightBlocks, script });
    const { hash } = mustBlock(bytes);
    this.#blocks.set(hash, { hash, parent, heightBlocks, bytes, order });
    if (parent === undefined) this.bestHash = hash;
    return hash;
  }

  #choose(): void {
    const before = this.chainOf(this.bestHash);
    const valid = [...this.#blocks.values()].filter(({ hash }) => this.#isValid(hash));
    const most = Math.max(...valid.map(({ heightBlocks }) => heightBlocks));
    const highest = valid.filter(({ heightBlocks }) => heightBlocks === most);
    if (highest.some(({ hash }) => hash === this.bestHash)) return;
    this.bestHash = highest.toSorted((a, b) => a.order - b.order)[0]?.hash ?? this.bestHash;
    const after = this.chainOf(this.bestHash);
    for (const hash of before.toReversed())
      if (!after.includes(hash)) this.hints.push({ kind: "disconnected", hash });
    for (const hash of after)
      if (!before.includes(hash)) this.hints.push({ kind: "connected", hash }, { kind: "tip" });
  }
}
