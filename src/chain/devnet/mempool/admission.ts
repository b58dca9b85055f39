import { isCoinbase, isNullOutpoint, type Transaction } from "../../block/transaction.js";
import type { Coin } from "../kernel/chain-kernel.js";
import type { EntryGraph } from "./entry-graph.js";
import { feeOfSizeSat } from "./fee-rate.js";
import type { MempoolLimits } from "./mempool.js";
import type { MempoolKernel } from "./mempool-kernel.js";
import { fitsPackageLimits, maxPackageVb } from "./package-limits.js";
import { judgeReplacement } from "./replacement.js";
import { nonstandardReason } from "./standardness.js";
import type { Arrival, WaitingTransaction } from "./waiting-transaction.js";

const maxMoneySat = 2_100_000_000_000_000;
const coinbaseMaturityBlocks = 100;
const maxSigopsCost = 16_000;
const vbPerSigop = 5;
const annexTag = 0x50;

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
  const shapeReason = malformedReason(transaction) ?? nonstandardReason(transaction);
  if (shapeReason !== undefined) return refuse(shapeReason);
  const known = graph.entry(transaction.txid);
  if (known !== undefined) {
    const isSame = known.transaction.wtxid === transaction.wtxid;
    return refuse(isSame ? "txn-already-in-mempool" : "txn-same-nonwitness-data-in-mempool");
  }
  const spendHeightBlocks = kernel.tip.heightBlocks + 1;
  const coins = (txid: string, index: number) => coinOf(rules, txid, index);
  const spent = judgeSpending(transaction, coins, spendHeightBlocks);
  if (!spent.ok) {
    const isMissing = spent.reason === "bad-txns-inputs-missingorspent";
    return refuse(isMissing && hasUnspentOutput(transaction, kernel) ? "txn-already-known" : spent.reason);
  }
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
  const isTimeBound = spent.hasCoinbase || hasLock(transaction);
  const { heightBlocks } = kernel.tip;
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

function malformedReason(transaction: Transaction): string | undefined {
  const { inputs, outputs } = transaction;
  const totalSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
  if (totalSat > maxMoneySat) return "bad-txns-txouttotal-toolarge";
  const spent = new Set(inputs.map(({ previousTxid, previousIndex }) => `${previousTxid}:${previousIndex}`));
  if (spent.size < inputs.length) return "bad-txns-inputs-duplicate";
  if (isCoinbase(transaction)) return "coinbase";
  return inputs.some(isNullOutpoint) ? "bad-txns-prevout-null" : undefined;
}

type Spending =
  | { readonly ok: true; readonly feeSat: number; readonly hasCoinbase: boolean }
  | { readonly ok: false; readonly reason: string };

function judgeSpending(
  { inputs, outputs }: Transaction,
  coins: (txid: string, index: number) => Coin | undefined,
  spendHeightBlocks: number,
): Spending {
  let inSat = 0;
  let hasCoinbase = false;
  let isPremature = false;
  let hasAnnex = false;
  for (const { previousTxid, previousIndex, witness } of inputs) {
    const coin = coins(previousTxid, previousIndex);
    if (coin === undefined) return refuse("bad-txns-inputs-missingorspent");
    inSat += coin.valueSat;
    hasCoinbase ||= coin.isCoinbase;
    isPremature ||= coin.isCoinbase && spendHeightBlocks - coin.heightBlocks < coinbaseMaturityBlocks;
    hasAnnex ||= isTaproot(coin.scriptPubKey) && witness.length > 1 && witness.at(-1)?.[0] === annexTag;
  }
  if (isPremature) return refuse("bad-txns-premature-spend-of-coinbase");
  const feeSat = inSat - outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
  if (feeSat < 0) return refuse("bad-txns-in-belowout");
  return hasAnnex ? refuse("bad-witness-nonstandard") : { ok: true, feeSat, hasCoinbase };
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

function isTaproot(script: Uint8Array): boolean {
  return script.length === 34 && script[0] === 0x51 && script[1] === 32;
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
