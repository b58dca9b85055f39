import { BinaryHeap } from "./binary-heap.js";
import type { EntryGraph } from "./entry-graph.js";
import type { TemplateEntry } from "./mempool.js";
import type { WaitingTransaction } from "./waiting-transaction.js";

/** Of 80,000 in a block; the rest is left to the coinbase. */
const maxSigopsCost = 79_600;
const maxFailures = 1000;
const nearlyFullWu = 4000;

/** A transaction with those of its ancestors that aren't taken yet. */
interface Package {
  readonly entry: WaitingTransaction;
  readonly feesSat: number;
  readonly sizeVb: number;
  readonly scoreSatPerVb: number;
  readonly stamp: number;
}

/**
 * Chooses transactions for a block, package by package: each time the transaction that pays most together with its
 * ancestors that aren't taken yet (the lower one of that rate and its own counts, as in Core), if it fits together
 * with them; of equal ones the first that came. What is left out at the end doesn't fit together with what it needs.
 * A block that is full to its last 4,000 weight units is left alone after 1,000 that didn't fit in a row.
 * Parents come before children. Changes nothing.
 */
export function selectTransactions(graph: EntryGraph, maxWeightWu: number): TemplateEntry[] {
  const places = new Map<WaitingTransaction, number>();
  const packages = new Map<WaitingTransaction, Package>();
  const queue = new BinaryHeap<Package>(
    (a, b) =>
      a.scoreSatPerVb > b.scoreSatPerVb ||
      (a.scoreSatPerVb === b.scoreSatPerVb && a.entry.sequence < b.entry.sequence),
  );
  const offer = (entry: WaitingTransaction, feesSat: number, sizeVb: number) => {
    const stamp = (packages.get(entry)?.stamp ?? 0) + 1;
    const scoreSatPerVb = Math.min(entry.feeRateSatPerVb, feesSat / sizeVb);
    const offered = { entry, feesSat, sizeVb, scoreSatPerVb, stamp };
    packages.set(entry, offered);
    queue.push(offered);
  };
  for (const entry of graph.entries()) offer(entry, entry.ancestorFeesSat, entry.ancestorSizeVb);

  let weightWu = 0;
  let sigopsCost = 0;
  let failures = 0;
  for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
    if (places.has(best.entry) || packages.get(best.entry) !== best) continue;
    const missing = [...graph.ancestorsOf(best.entry.transaction)].filter((entry) => !places.has(entry));
    const members = [...missing, best.entry].sort(
      (a, b) => a.ancestorCount - b.ancestorCount || a.sequence - b.sequence,
    );
    const packageWu = members.reduce((sum, entry) => sum + entry.transaction.weightWu, 0);
    const packageSigops = members.reduce((sum, entry) => sum + entry.sigopsCost, 0);
    if (weightWu + packageWu > maxWeightWu || sigopsCost + packageSigops > maxSigopsCost) {
      failures += 1;
      if (failures > maxFailures && weightWu > maxWeightWu - nearlyFullWu) break;
      continue;
    }
    failures = 0;
    weightWu += packageWu;
    sigopsCost += packageSigops;
    for (const member of members) places.set(member, places.size);
    for (const [entry, { feesSat, sizeVb }] of lightened(graph, packages, members, places)) {
      offer(entry, feesSat, sizeVb);
    }
  }
  return [...places.keys()].map((entry) => ({ entry, depends: placesOf(entry, graph, places) }));
}

// What the packages of the taken ones' descendants come down to.
function lightened(
  graph: EntryGraph,
  packages: ReadonlyMap<WaitingTransaction, Package>,
  members: readonly WaitingTransaction[],
  places: ReadonlyMap<WaitingTransaction, number>,
): Map<WaitingTransaction, { feesSat: number; sizeVb: number }> {
  const changed = new Map<WaitingTransaction, { feesSat: number; sizeVb: number }>();
  for (const member of members) {
    if (member.children.size === 0) continue;
    for (const descendant of graph.descendantsOf(member)) {
      const known = packages.get(descendant);
      if (places.has(descendant) || known === undefined) continue;
      const left = changed.get(descendant) ?? { feesSat: known.feesSat, sizeVb: known.sizeVb };
      left.feesSat -= member.feeSat;
      left.sizeVb -= member.sizeVb;
      changed.set(descendant, left);
    }
  }
  return changed;
}

function placesOf(
  entry: WaitingTransaction,
  graph: EntryGraph,
  places: ReadonlyMap<WaitingTransaction, number>,
): number[] {
  const found: number[] = [];
  for (const txid of entry.parents) {
    const parent = graph.entry(txid);
    const place = parent === undefined ? undefined : places.get(parent);
    if (place !== undefined) found.push(place);
  }
  return found.sort((a, b) => a - b);
}
