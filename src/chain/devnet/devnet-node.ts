import { blockHashOf, decodeBlock, decodeTransaction } from "../block/decode.js";
import type { Transaction } from "../block/transaction.js";
import type { SubmitOutcome } from "../chain-queries.js";
import { chainErrors } from "../errors.js";
import type { DevnetActions, PretendedPeer } from "./devnet-actions.js";
import type { BlockEntry, BlockOutcome } from "./kernel/chain-kernel.js";
import type { PeerBook } from "./life/peer-book.js";
import type { AcceptOutcome, MempoolEntry } from "./mempool/mempool.js";
import { breaksConsensus } from "./node/broken-rule.js";
import { type DevnetParts, followChain } from "./node/chain-follower.js";
import { exactContents } from "./node/exact-contents.js";
import type { Miner } from "./node/mining.js";
import type { MockableClock } from "./node/mockable-clock.js";
import type { Payments } from "./node/payments.js";
import { takeBlock } from "./node/take-block.js";
import { tellCleared, tellMempool, tellScripts } from "./node/tell-mempool.js";
import type { AddressKind, Wallet } from "./wallet/wallet.js";

export interface DevnetNodeDependencies {
  readonly parts: DevnetParts;
  readonly miner: Miner;
  readonly payments: Payments;
  readonly wallet: Wallet;
  readonly peers: PeerBook;
  readonly clock: MockableClock;
  readonly nowMs: () => number;
  /** Blocks and transactions that peers are told nothing about. */
  readonly isWithheld: (kind: "block" | "tx", hash: string) => boolean;
}

/** Where a block came from. */
interface BlockOrigin {
  readonly isMined?: boolean;
  /** The pretended peer who brought it. */
  readonly peer?: string | undefined;
}

const BAN_FOR_INVALID_BLOCK_S = 86_400;
/** The clock of a block header ends at 2^32, and each block may be a little later than its parent. */
const LATEST_TIME_S = 2 ** 32 - 1_000_000;

/**
 * A regtest node in one thread: each call changes chain, mempool, wallet and store, and has told it in events, when it
 * returns. A call from inside a subscriber of the events has changed everything too; its events follow those under way.
 * After its store failed every call that would change the chain throws that failure; after `close` CHAIN_SOURCE_CLOSED.
 * It closes nothing: what it is made of belongs to who made it.
 */
export class DevnetNode implements DevnetActions {
  readonly #deps: DevnetNodeDependencies;
  readonly #parts: DevnetParts;
  readonly #payoutScript: Uint8Array;

  constructor(deps: DevnetNodeDependencies) {
    this.#deps = deps;
    this.#parts = deps.parts;
    this.#payoutScript = deps.wallet.newAddress("p2wpkh").script;
  }

  get tip(): BlockEntry {
    return this.#parts.kernel.tip;
  }

  /** Who is paid for blocks that name nobody. */
  get payoutScript(): Uint8Array {
    return this.#payoutScript;
  }

  nowS(): number {
    return this.#parts.nowS();
  }

  setMockTime(timeS: number): void {
    if (!Number.isInteger(timeS) || timeS < 0 || timeS > LATEST_TIME_S) {
      throw chainErrors.CHAIN_PARAMETER_INVALID({
        problem: `${timeS} is no time`,
        allowed: `whole seconds from 0 to ${LATEST_TIME_S}`,
      });
    }
    this.#act(() => {
      this.#parts.kept.put({ kind: "mock_time", timeS });
      this.#deps.clock.set(timeS);
    });
    this.passTime();
  }

  /** What time brings by itself: expiry of transactions, bans and addresses. */
  passTime(): void {
    if (this.#parts.outbox.isClosed) return;
    this.#deps.peers.tick();
    if (this.#parts.kept.failure === undefined) this.expire();
  }

  mine(
    count: number,
    { address, withoutMempool = false }: { address?: string; withoutMempool?: boolean } = {},
  ): readonly string[] {
    const script = this.#payoutTo(address);
    return Array.from({ length: count }, () => {
      const contents = withoutMempool ? { transactions: [], feesSat: 0 } : this.#deps.miner.template();
      const bytes = this.#deps.miner.mine(this.#deps.miner.plan(contents, script));
      return this.#mustTake(bytes, { isMined: true });
    });
  }

  mineExactly(
    transactions: readonly string[],
    { address, submit = true }: { address?: string; submit?: boolean } = {},
  ): { hash: string; bytes: Uint8Array } {
    const contents = exactContents(this.#parts, transactions);
    const bytes = this.#deps.miner.mine(this.#deps.miner.plan(contents, this.#payoutTo(address)));
    const hash = blockHashOf(bytes) as string;
    if (submit) this.#mustTake(bytes, { isMined: true });
    else this.#mustBeValid(hash, bytes);
    return { hash, bytes };
  }

  reorganize(depth: number): { oldTip: string; newTip: string } {
    const { miner, peers } = this.#deps;
    const replaced = miner.replaced(depth);
    const oldTip = this.tip.hash;
    let parent = replaced[0]?.header.previousHash;
    for (const contents of miner.branchContents(replaced)) {
      const bytes = miner.mine(miner.plan(contents, this.#payoutScript, parent));
      const peer = peers.bring("block", bytes.length);
      parent = this.#mustTake(bytes, { peer });
    }
    return { oldTip, newTip: this.tip.hash };
  }

  invalidate(hash: string): void {
    this.#mark("invalidated", hash);
  }

  reconsider(hash: string): void {
    this.#mark("reconsidered", hash);
  }

  pay(payment: Parameters<DevnetActions["pay"]>[0]): MempoolEntry {
    return this.send(this.#deps.payments.payment(payment));
  }

  bump(txid: string, feeRateSatPerVb: number): MempoolEntry {
    return this.send(this.#deps.payments.replacement(txid, feeRateSatPerVb));
  }

  send(bytes: Uint8Array): MempoolEntry {
    const decoded = decodeTransaction(bytes);
    if (!decoded.ok) {
      const reason = `TX decode failed: ${decoded.problem}`;
      throw chainErrors.CHAIN_TRANSACTION_REJECTED({ txid: "unknown", reason });
    }
    const outcome = this.accept(decoded.value, bytes);
    if (outcome.outcome === "accepted") return outcome.entry;
    throw chainErrors.CHAIN_TRANSACTION_REJECTED({ txid: decoded.value.txid, reason: outcome.reason });
  }

  /** Offers a transaction to the mempool and tells what came of it. The bytes are copied. */
  accept(transaction: Transaction, bytes: Uint8Array): AcceptOutcome {
    const { mempool, kept, runs, outbox, told, fees } = this.#parts;
    return this.#act(() => {
      runs.take();
      const own = Uint8Array.from(bytes);
      const decoded = decodeTransaction(own);
      const outcome = mempool.accept(decoded.ok ? decoded.value : transaction, own, this.nowS());
      tellScripts(outbox, runs.take());
      if (outcome.outcome === "refused") {
        this.#tellBrokenRule(transaction.txid, outcome.reason);
        return outcome;
      }
      kept.keepMempool(outcome.changes);
      tellMempool({ outbox, mempool: told }, outcome.changes);
      fees.look(this.tip);
      this.#announce("tx", transaction.txid, bytes.length);
      return outcome;
    });
  }

  expire(): void {
    const { mempool, kept, outbox, told, fees } = this.#parts;
    this.#act(() => {
      const changes = mempool.expire(this.nowS());
      if (changes.length === 0) return;
      kept.keepMempool(changes);
      tellMempool({ outbox, mempool: told }, changes);
      fees.look(this.tip);
    });
  }

  clearMempool(): void {
    const { mempool, kept, outbox, told, fees } = this.#parts;
    this.#act(() => {
      const gone = mempool.clear();
      kept.keepMempool(gone.map((entry) => ({ kind: "removed", entry, reason: "rejected", size: 0 })));
      tellCleared({ outbox, mempool: told });
      fees.look(this.tip);
    });
  }

  newAddress(kind: AddressKind): string {
    return this.#deps.wallet.newAddress(kind).address;
  }

  balanceSat(): number {
    return this.#parts.coins.balanceSat();
  }

  waiting(): readonly MempoolEntry[] {
    const { mempool } = this.#parts;
    return mempool.txids().flatMap((txid) => mempool.entry(txid) ?? []);
  }

  peers(): readonly PretendedPeer[] {
    return this.#deps.peers.peers();
  }

  connectPeer(peer: Omit<PretendedPeer, "connectedSinceS">): void {
    this.#deps.peers.connect(peer);
  }

  disconnectPeer(address: string, reason: "timeout" | "error" | "ban" | "manual"): void {
    this.#deps.peers.disconnect(address, reason);
  }

  banPeer(address: string, reason: string, durationS: number | undefined): void {
    this.#deps.peers.ban(address, reason, durationS);
  }

  unbanPeer(address: string): void {
    this.#deps.peers.unban(address);
  }

  receiveInvalidBlock(address: string): void {
    const { miner, peers } = this.#deps;
    const claimsTooMuch = { transactions: [], feesSat: 1 };
    const bytes = miner.mine(miner.plan(claimsTooMuch, this.#payoutScript));
    peers.bringFrom(address, "block", bytes.length);
    const outcome = this.take(bytes, { peer: address });
    if (outcome.outcome === "rejected")
      peers.ban(address, `invalid block: ${outcome.reason}`, BAN_FOR_INVALID_BLOCK_S);
  }

  /** Gives the kernel a block and tells what came of it. */
  take(bytes: Uint8Array, origin: BlockOrigin = {}): BlockOutcome {
    return this.#act(() => {
      const outcome = takeBlock(this.#parts, bytes, { ...origin, nowMs: this.#deps.nowMs });
      if (outcome.outcome === "accepted" && this.tip.hash === outcome.entry.hash) {
        this.#announce("block", outcome.entry.hash, bytes.length, origin.peer);
      }
      return outcome;
    });
  }

  /** Takes a block as `submitblock` does, in the words of the query. */
  submit(bytes: Uint8Array): SubmitOutcome {
    const outcome = this.take(bytes, { isMined: true });
    if (outcome.outcome !== "rejected") return { outcome: outcome.outcome };
    return { outcome: "rejected", reason: outcome.reason };
  }

  #mark(kind: "invalidated" | "reconsidered", hash: string): void {
    const { kernel, kept, runs } = this.#parts;
    this.#act(() => {
      runs.take();
      const changes = kind === "invalidated" ? kernel.invalidate(hash) : kernel.reconsider(hash);
      kept.keepMark(kind, hash);
      followChain(this.#parts, changes);
    });
  }

  /** The hash of a block that must be taken. @throws CHAIN_BLOCK_REJECTED */
  #mustTake(bytes: Uint8Array, origin: BlockOrigin): string {
    const outcome = this.take(bytes, origin);
    if (outcome.outcome === "rejected") throw chainErrors.CHAIN_BLOCK_REJECTED(outcome);
    return outcome.entry.hash;
  }

  #mustBeValid(hash: string, bytes: Uint8Array): void {
    const decoded = decodeBlock(bytes);
    const reason = decoded.ok ? this.#parts.kernel.propose(decoded.value, this.nowS()) : decoded.problem;
    if (reason !== undefined) throw chainErrors.CHAIN_BLOCK_REJECTED({ hash, reason });
  }

  #payoutTo(address: string | undefined): Uint8Array {
    return address === undefined ? this.#payoutScript : this.#deps.payments.scriptOf(address);
  }

  #tellBrokenRule(tx_hash: string, reason: string): void {
    if (!breaksConsensus(reason)) return;
    const payload = { rule_name: reason, tx_hash, error: `the transaction was refused: ${reason}` };
    this.#parts.outbox.say(() => ({ type: "ConsensusRuleViolation", payload }));
  }

  #announce(kind: "block" | "tx", hash: string, sizeBytes: number, broughtBy?: string): void {
    if (!this.#deps.isWithheld(kind, hash)) this.#deps.peers.announce(kind, sizeBytes, broughtBy);
  }

  /** One change, told as a whole. */
  #act<Result>(change: () => Result): Result {
    const { outbox, kept } = this.#parts;
    if (outbox.isClosed) throw chainErrors.CHAIN_SOURCE_CLOSED({ source: "devnet" });
    if (kept.failure !== undefined) throw kept.failure;
    // Whoever acts has seen the start resolve: what it has to tell goes first.
    outbox.release();
    return outbox.together(change);
  }
}
