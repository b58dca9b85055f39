import { isCoinbase, type Transaction } from "../../block/transaction.js";
import type { Coin } from "../kernel/chain-kernel.js";
import { transactionFault } from "../kernel/check-form.js";
import { isFinal, relativeLocksHold } from "../kernel/lock-times.js";
import { type Spending, spendingOf } from "../kernel/spend.js";
import type { EntryGraph } from "./entry-graph.js";
import { feeOfSizeSat } from "./fee-rate.js";
import type { MempoolLimits } from "./mempool.js";
import type { MempoolKernel } from "./mempool-kernel.js";
import { fitsPackageLimits, maxPackageVb } from "./package-limits.js";
import { judgeReplacement } from "./replacement.js";
import { nonstandardReason } from "./standardness.js";
import type { Arrival, WaitingTransaction } from "./waiting-transaction.js";

const maxSigopsCost = 16_000;
const vbPerSigop = 5;

export type Admission =
  | { readonly ok: true; readonly arrival: Arrival; readonly replaced: readonly WaitingTransaction[] }
  | { readonly ok: false; readonly reason: string };

/** What a transaction is judged against. */
export interface AdmissionRules {
  readonly graph: EntryGraph;
  readonly kernel: MempoolKernel;
  readonly limits: MempoolLimits;
  /** What a full mempool asks for, in sat/vB; 0 when there is room. */
  readonly floorSatPerVb: number;
  readonly nowS: number;
  /** It comes back from a disconnected block: fees aren't asked for, and it replaces nothing. */
  readonly isReturning: boolean;
}

/**
 * Judges a transaction by Core's policy, in Core's order as far as it shows, with Core's reject reasons; scripts, the
 * dear part, are checked last. Changes nothing.
 * @see MemPoolAccept::PreChecks of Bitcoin Core
 */
export function judgeAdmission(
  transaction: Transaction,
  bytes: Uint8Array,
  rules: AdmissionRules,
): Admission {
  const { graph, kernel, nowS } = rules;
  const { tip } = kernel;
  const spendHeightBlocks = tip.heightBlocks + 1;
  const shapeReason = transactionFault(transaction) ?? nonstandardReason(transaction);
  // Its null input would be looked up as a coin otherwise.
  if (isCoinbase(transaction)) return refuse("coinbase");
  if (shapeReason !== undefined) return refuse(shapeReason);
  if (!isFinal(transaction, spendHeightBlocks, tip.medianTimeS)) return refuse("non-final");
  const known = graph.entry(transaction.txid);
  if (known !== undefined) {
    const isSame = known.transaction.wtxid === transaction.wtxid;
    return refuse(isSame ? "txn-already-in-mempool" : "txn-same-nonwitness-data-in-mempool");
  }
  const coins = (txid: string, index: number) => coinOf(rules, txid, index);
  const spent = judgeSpending(transaction, coins, kernel);
  if (!spent.ok) return spent;
  const { feeSat } = spent;
  const first = judgeFamily(transaction, feeSat, transaction.sizeVb, rules);
  if (!first.ok) return first;
  const checked = kernel.checkTransaction(transaction, coins, spendHeightBlocks);
  if (!checked.ok) return checked;
  const { sigopsCost } = checked;
  if (sigopsCost > maxSigopsCost) return refuse("bad-txns-too-many-sigops");
  const sizeVb = Math.max(transaction.sizeVb, sigopsCost * vbPerSigop);
  const family = sizeVb === transaction.sizeVb ? first : judgeFamily(transaction, feeSat, sizeVb, rules);
  if (!family.ok) return family;
  const isTimeBound = spent.coins.some(({ isCoinbase }) => isCoinbase) || hasLock(transaction);
  const { heightBlocks } = tip;
  const arrival = { transaction, bytes, feeSat, sizeVb, sigopsCost, timeS: nowS, heightBlocks, isTimeBound };
  return { ok: true, arrival, replaced: family.replaced };
}

/** The output that a transaction on top of chain and mempool can spend. */
export function coinOf(
  { graph, kernel }: Pick<AdmissionRules, "graph" | "kernel">,
  txid: string,
  index: number,
): Coin | undefined {
  const parent = graph.entry(txid);
  if (parent === undefined) return kernel.coin(txid, index);
  const output = parent.transaction.outputs[index];
  return output && { ...output, heightBlocks: kernel.tip.heightBlocks + 1, isCoinbase: false };
}

function judgeSpending(
  transaction: Transaction,
  coins: (txid: string, index: number) => Coin | undefined,
  kernel: MempoolKernel,
): Spending {
  const spendHeightBlocks = kernel.tip.heightBlocks + 1;
  const spending = spendingOf(transaction, coins, spendHeightBlocks);
  if (!spending.ok) {
    const isMissing = spending.reason === "bad-txns-inputs-missingorspent";
    return isMissing && hasUnspentOutput(transaction, kernel) ? refuse("txn-already-known") : spending;
  }
  const medianTimeAtS = (heightBlocks: number) => (kernel.entryAt(heightBlocks) ?? kernel.tip).medianTimeS;
  const holds = relativeLocksHold(transaction, spending.coins, spendHeightBlocks, medianTimeAtS);
  return holds ? spending : refuse("non-BIP68-final");
}

type Family =
  | { readonly ok: true; readonly replaced: readonly WaitingTransaction[] }
  | { readonly ok: false; readonly reason: string };

function judgeFamily(
  transaction: Transaction,
  feeSat: number,
  sizeVb: number,
  { graph, limits, floorSatPerVb, isReturning }: AdmissionRules,
): Family {
  if (!isReturning) {
    if (feeSat < feeOfSizeSat(floorSatPerVb, sizeVb)) return refuse("mempool min fee not met");
    if (feeSat < feeOfSizeSat(limits.minRelaySatPerVb, sizeVb)) return refuse("min relay fee not met");
  }
  const conflicts = conflictsOf(transaction, graph);
  if (isReturning && conflicts.size > 0) return refuse("txn-mempool-conflict");
  const ancestors = graph.ancestorsOf(transaction);
  const packageLimits = { ...limits, maxAncestorsVb: maxPackageVb, maxDescendantsVb: maxPackageVb };
  if (!fitsPackageLimits(sizeVb, ancestors, conflicts, packageLimits))
    return refuse("too-long-mempool-chain");
  if (conflicts.size === 0) return { ok: true, replaced: [] };
  for (const conflict of conflicts) {
    if (ancestors.has(conflict)) return refuse("bad-txns-spends-conflicting-tx");
  }
  return judgeReplacement(graph, { transaction, feeSat, sizeVb }, conflicts);
}

function conflictsOf({ inputs }: Transaction, graph: EntryGraph): Set<WaitingTransaction> {
  const conflicts = new Set<WaitingTransaction>();
  for (const { previousTxid, previousIndex } of inputs) {
    const spender = graph.spenderOf(previousTxid, previousIndex);
    const entry = spender === undefined ? undefined : graph.entry(spender);
    if (entry !== undefined) conflicts.add(entry);
  }
  return conflicts;
}

function hasUnspentOutput({ txid, outputs }: Transaction, kernel: MempoolKernel): boolean {
  return outputs.some((_, index) => kernel.coin(txid, index) !== undefined);
}

function hasLock({ version, inputs, lockTime }: Transaction): boolean {
  const isLocked = lockTime !== 0 && inputs.some(({ sequence }) => sequence !== 0xffff_ffff);
  return isLocked || (version >= 2 && inputs.some(({ sequence }) => sequence < 0x8000_0000));
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
