import { serializeTransaction } from "../../block/serialize-block.js";
import type { Transaction } from "../../block/transaction.js";
import type { ChainBlock } from "../kernel/chain-kernel.js";
import { coinOf, judgeAdmission } from "./admission.js";
import { EntryGraph } from "./entry-graph.js";
import { FeeEstimator } from "./fee-estimator.js";
import type {
  AcceptOutcome,
  Mempool,
  MempoolChange,
  MempoolEntry,
  MempoolLimits,
  RemovalReason,
  TemplateEntry,
  TestOutcome,
} from "./mempool.js";
import type { MempoolKernel } from "./mempool-kernel.js";
import { maxPackageVb } from "./package-limits.js";
import { ReturningTransactions } from "./returning-transactions.js";
import { RollingMinimum } from "./rolling-minimum.js";
import { selectTransactions } from "./select-transactions.js";
import type { WaitingTransaction } from "./waiting-transaction.js";

/** An empty mempool on top of a chain. Whoever connects blocks tells it; it closes nothing and needs no closing. */
export function createMempool(
  { kernel }: { readonly kernel: MempoolKernel },
  limits: MempoolLimits,
): Mempool {
  return new WaitingRoom(kernel, limits);
}

class WaitingRoom implements Mempool {
  readonly #graph = new EntryGraph();
  readonly #returning = new ReturningTransactions();
  readonly #minimum = new RollingMinimum();
  readonly #estimator: FeeEstimator;
  readonly #kernel: MempoolKernel;
  readonly #limits: MempoolLimits;
  #isUnsettled = false;

  constructor(kernel: MempoolKernel, limits: MempoolLimits) {
    this.#kernel = kernel;
    this.#limits = limits;
    this.#estimator = new FeeEstimator(kernel.tip.heightBlocks);
  }

  get size(): number {
    return this.#graph.size;
  }

  get sizeVb(): number {
    return this.#graph.sizeVb;
  }

  get totalFeeSat(): number {
    return this.#graph.totalFeeSat;
  }

  minFeeRateSatPerVb(nowS: number): number {
    return Math.max(this.#floorSatPerVb(nowS), this.#limits.minRelaySatPerVb);
  }

  txids(): readonly string[] {
    return [...this.#graph.txids()];
  }

  entry(txid: string): MempoolEntry | undefined {
    return this.#graph.entry(txid);
  }

  spenderOf(txid: string, index: number): string | undefined {
    return this.#graph.spenderOf(txid, index);
  }

  descendants(txid: string): readonly string[] {
    const entry = this.#graph.entry(txid);
    return entry === undefined ? [] : [...this.#graph.descendantsOf(entry)].map((each) => each.txid);
  }

  ancestors(txid: string): readonly string[] {
    const entry = this.#graph.entry(txid);
    return entry === undefined
      ? []
      : [...this.#graph.ancestorsOf(entry.transaction)].map((each) => each.txid);
  }

  accept(transaction: Transaction, bytes: Uint8Array, nowS: number): AcceptOutcome {
    const admission = this.#judge(transaction, bytes, nowS, false);
    if (!admission.ok) return { outcome: "refused", reason: admission.reason };
    const { arrival, replaced } = admission;
    const changes = this.#remove(replaced, "replaced");
    const entry = this.#graph.add(arrival);
    changes.push({ kind: "added", entry, isNew: true, size: this.size });
    const evictions = this.#trim(entry);
    if (evictions === undefined) {
      this.#graph.restore(replaced);
      return { outcome: "refused", reason: "mempool full" };
    }
    changes.push(...evictions);
    if (entry.parents.size === 0) {
      this.#estimator.entered(entry.txid, entry.feeRateSatPerVb, entry.heightBlocks);
    }
    this.#learn(changes);
    return { outcome: "accepted", entry, changes };
  }

  test(transaction: Transaction, bytes: Uint8Array, nowS: number): TestOutcome {
    const admission = this.#judge(transaction, bytes, nowS, false);
    if (!admission.ok) return { outcome: "refused", reason: admission.reason };
    const { feeSat, sizeVb } = admission.arrival;
    return { outcome: "acceptable", feeSat, sizeVb };
  }

  blockConnected({ block, entry: { heightBlocks } }: ChainBlock, nowS: number): readonly MempoolChange[] {
    const confirmed: WaitingTransaction[] = [];
    const contradicted = new Set<WaitingTransaction>();
    for (const transaction of block.transactions) {
      const same = this.#graph.entry(transaction.txid);
      if (same !== undefined) confirmed.push(same);
      for (const { previousTxid, previousIndex } of transaction.inputs) {
        const spender = this.#graph.spenderOf(previousTxid, previousIndex);
        const entry = spender === undefined ? undefined : this.#graph.entry(spender);
        if (entry !== undefined && entry !== same) contradicted.add(entry);
      }
      for (const gone of this.#returning.confirmed(transaction)) this.#addSpenders(gone, contradicted);
    }
    this.#estimator.blockConnected(heightBlocks, confirmed);
    this.#minimum.blockConnected(nowS);
    const changes = this.#remove(confirmed, "confirmed");
    changes.push(...this.#remove(this.#graph.withDescendants(contradicted), "conflict"));
    return this.#learn(changes);
  }

  blockDisconnected({ block }: ChainBlock): readonly MempoolChange[] {
    this.#isUnsettled = true;
    const orphaned = new Set<WaitingTransaction>();
    for (const dropped of this.#returning.disconnected(block.transactions))
      this.#addSpenders(dropped, orphaned);
    return this.#learn(this.#remove(this.#graph.withDescendants(orphaned), "evicted"));
  }

  settle(nowS: number): readonly MempoolChange[] {
    if (!this.#isUnsettled) return [];
    this.#isUnsettled = false;
    const changes: MempoolChange[] = [];
    for (const transaction of this.#returning.takeAll()) {
      const admission = this.#judge(transaction, serializeTransaction(transaction), nowS, true);
      if (!admission.ok) continue;
      const entry = this.#graph.add(admission.arrival);
      changes.push({ kind: "added", entry, isNew: false, size: this.size });
    }
    changes.push(...this.#removeTooLong());
    const impossible = [...this.#graph.entries()].filter((entry) => !this.#isStillAllowed(entry));
    changes.push(...this.#remove(this.#graph.withDescendants(impossible), "rejected"));
    changes.push(...(this.#trim() ?? []));
    return this.#learn(changes);
  }

  expire(nowS: number): readonly MempoolChange[] {
    const oldest = nowS - this.#limits.expiryS;
    const expired = [...this.#graph.entries()].filter(({ timeS }) => timeS < oldest);
    return this.#learn(this.#remove(this.#graph.withDescendants(expired), "expired"));
  }

  clear(): readonly MempoolEntry[] {
    const entries = [...this.#graph.entries()];
    this.#graph.clear();
    this.#returning.clear();
    this.#minimum.clear();
    this.#estimator.clear();
    return entries;
  }

  template(maxWeightWu: number): readonly TemplateEntry[] {
    return selectTransactions(this.#graph, maxWeightWu);
  }

  estimateFee(targetBlocks: number): number | undefined {
    const estimate = this.#estimator.estimate(targetBlocks);
    return estimate === undefined ? undefined : Math.max(estimate, this.#limits.minRelaySatPerVb);
  }

  #floorSatPerVb(nowS: number): number {
    return this.#minimum.satPerVb(nowS, this.sizeVb / this.#limits.maxBytes);
  }

  #judge(transaction: Transaction, bytes: Uint8Array, nowS: number, isReturning: boolean) {
    const floorSatPerVb = this.#floorSatPerVb(nowS);
    const rules = { graph: this.#graph, kernel: this.#kernel, limits: this.#limits };
    return judgeAdmission(transaction, bytes, { ...rules, floorSatPerVb, nowS, isReturning });
  }

  #remove(entries: readonly WaitingTransaction[], reason: RemovalReason): MempoolChange[] {
    return entries.map((entry) => {
      this.#graph.remove(entry);
      return { kind: "removed", entry, reason, size: this.size };
    });
  }

  // Makes room. Undefined, and nothing but `arrived` gone, when that one would have to leave again.
  #trim(arrived?: WaitingTransaction): MempoolChange[] | undefined {
    const changes: MempoolChange[] = [];
    const evicted: WaitingTransaction[] = [];
    const ratesSatPerVb: number[] = [];
    while (this.sizeVb > this.#limits.maxBytes) {
      const worst = this.#graph.worst();
      if (worst === undefined) break;
      const rateSatPerVb = worst.descendantFeesSat / worst.descendantSizeVb;
      const leaving = this.#graph.withDescendants([worst]);
      changes.push(...this.#remove(leaving, "evicted"));
      evicted.push(...leaving);
      if (arrived !== undefined && leaving.includes(arrived)) {
        this.#graph.restore(evicted.filter((entry) => entry !== arrived));
        this.#minimum.evicted(rateSatPerVb);
        return undefined;
      }
      ratesSatPerVb.push(rateSatPerVb);
    }
    for (const rateSatPerVb of ratesSatPerVb) this.#minimum.evicted(rateSatPerVb);
    return changes;
  }

  // Those that came back stand below others that were there: together they may be more than an arrival is allowed.
  #removeTooLong(): MempoolChange[] {
    const tooLong = [...this.#graph.entries()].filter(
      ({ ancestorCount, ancestorSizeVb }) =>
        ancestorCount > this.#limits.maxAncestors || ancestorSizeVb > maxPackageVb,
    );
    return this.#remove(this.#graph.withDescendants(tooLong), "evicted");
  }

  #isStillAllowed({ transaction, isTimeBound }: WaitingTransaction): boolean {
    const context = { graph: this.#graph, kernel: this.#kernel };
    const coins = (txid: string, index: number) => coinOf(context, txid, index);
    const hasCoins = transaction.inputs.every(
      ({ previousTxid, previousIndex }) => coins(previousTxid, previousIndex) !== undefined,
    );
    if (!hasCoins || !isTimeBound) return hasCoins;
    return this.#kernel.checkTransaction(transaction, coins, this.#kernel.tip.heightBlocks + 1).ok;
  }

  #addSpenders({ txid, outputs }: Transaction, found: Set<WaitingTransaction>): void {
    for (let index = 0; index < outputs.length; index += 1) {
      const entry = this.#graph.entry(this.#graph.spenderOf(txid, index) ?? "");
      if (entry !== undefined) found.add(entry);
    }
  }

  #learn(changes: readonly MempoolChange[]): readonly MempoolChange[] {
    for (const change of changes) {
      if (change.kind === "removed" && change.reason !== "confirmed")
        this.#estimator.left(change.entry.transaction.txid);
    }
    return changes;
  }
}
