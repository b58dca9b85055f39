import type { DevnetActions } from "../../src/chain/devnet/devnet-actions.js";
import type { BlockEntry } from "../../src/chain/devnet/kernel/chain-kernel.js";
import { createPeerBook, type PeerBook } from "../../src/chain/devnet/life/peer-book.js";
import { createRandom } from "../../src/chain/devnet/life/random.js";
import type { MempoolEntry } from "../../src/chain/devnet/mempool/mempool.js";
import type { ChainEvent } from "../../src/chain/index.js";
import { EngineError } from "../../src/errors.js";

export interface PretendDevnet extends DevnetActions {
  /** What was asked for, in order, with the time in seconds. */
  readonly done: { readonly what: string; readonly atS: number; readonly given: readonly unknown[] }[];
  readonly events: ChainEvent[];
  readonly book: PeerBook;
  /** The next call of this name throws it. */
  fail(what: string, code: string): void;
}

/** A devnet without a chain: heights, hashes and txids are counted, and what is asked of it is written down. */
export function pretendDevnet(clockS: () => number, startHeightBlocks = 110): PretendDevnet {
  const done: PretendDevnet["done"] = [];
  const events: ChainEvent[] = [];
  const failing = new Map<string, string>();
  const waiting = new Map<string, MempoolEntry>();
  let mockS = 0;
  let made = 0;
  let branch: BlockEntry[] = Array.from({ length: startHeightBlocks + 1 }, (_, height) => block(height));
  const invalid = new Map<string, BlockEntry[]>();
  const nowS = () => (mockS === 0 ? Math.floor(clockS()) : mockS);
  const book = createPeerBook({ emit: (event) => events.push(event), nowS, random: createRandom("pretend") });

  function note(what: string, ...given: unknown[]): void {
    done.push({ what, atS: clockS(), given });
    const code = failing.get(what);
    if (code !== undefined) throw new EngineError(code, `${what} fails`, {});
  }
  function name(): string {
    made += 1;
    return made.toString(16).padStart(64, "0");
  }
  function block(heightBlocks: number): BlockEntry {
    return { hash: name(), heightBlocks } as BlockEntry;
  }
  function tip(): BlockEntry {
    const last = branch.at(-1);
    if (last === undefined) throw new Error("no block is left");
    return last;
  }
  function grow(count: number): string[] {
    return Array.from({ length: count }, () => {
      branch.push(block(branch.length));
      return tip().hash;
    });
  }
  function enter(feeRateSatPerVb: number, isReplaceable: boolean): MempoolEntry {
    const counts = { descendantCount: 1, ancestorCount: 1 };
    const entry = {
      transaction: { txid: name() },
      feeRateSatPerVb,
      isReplaceable,
      ...counts,
    } as MempoolEntry;
    waiting.set(entry.transaction.txid, entry);
    return entry;
  }

  return {
    done,
    events,
    book,
    fail: (what, code) => void failing.set(what, code),
    get tip() {
      return tip();
    },
    nowS,
    setMockTime(timeS) {
      note("setMockTime", timeS);
      mockS = timeS;
      book.tick();
    },
    mine(count, options = {}) {
      note("mine", count, options);
      if (options.withoutMempool !== true) waiting.clear();
      return grow(count);
    },
    mineExactly(transactions, options = {}) {
      note("mineExactly", transactions, options);
      for (const txid of transactions) waiting.delete(txid);
      return { hash: grow(1)[0] ?? "", bytes: new Uint8Array() };
    },
    reorganize(depth) {
      note("reorganize", depth);
      const oldTip = tip().hash;
      branch = branch.slice(0, branch.length - depth);
      return { oldTip, newTip: grow(depth + 1).at(-1) ?? "" };
    },
    invalidate(hash) {
      note("invalidate", hash);
      const at = branch.findIndex((entry) => entry.hash === hash);
      if (at > 0) invalid.set(hash, branch.splice(at));
    },
    reconsider(hash) {
      note("reconsider", hash);
      const blocks = invalid.get(hash);
      invalid.delete(hash);
      const from = blocks?.[0]?.heightBlocks ?? 0;
      if (blocks !== undefined && from + blocks.length > branch.length) {
        branch = [...branch.slice(0, from), ...blocks];
      }
    },
    pay(payment) {
      note("pay", payment);
      return enter(payment.feeRateSatPerVb, payment.isReplaceable ?? false);
    },
    bump(txid, feeRateSatPerVb) {
      note("bump", txid, feeRateSatPerVb);
      waiting.delete(txid);
      return enter(feeRateSatPerVb, true);
    },
    send(bytes) {
      note("send", bytes);
      return enter(1, false);
    },
    expire: () => note("expire"),
    clearMempool() {
      note("clearMempool");
      waiting.clear();
    },
    newAddress: (kind) => `${kind}-address`,
    balanceSat: () => 50_000_000_000,
    waiting: () => [...waiting.values()],
    peers: () => book.peers(),
    connectPeer(peer) {
      note("connectPeer", peer.address);
      book.connect(peer);
    },
    disconnectPeer(address, reason) {
      note("disconnectPeer", address, reason);
      book.disconnect(address, reason);
    },
    banPeer(address, reason, durationS) {
      note("banPeer", address, reason, durationS);
      book.ban(address, reason, durationS);
    },
    unbanPeer(address) {
      note("unbanPeer", address);
      book.unban(address);
    },
    receiveInvalidBlock(address) {
      note("receiveInvalidBlock", address);
      book.bringFrom(address, "block", 300);
      book.ban(address, "invalid block", 60);
    },
  };
}
