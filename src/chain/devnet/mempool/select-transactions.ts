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
  const queue = new PackageQueue(graph);
  let weightWu = 0;
  let sigopsCost = 0;
  let failures = 0;
  for (let best = queue.next(places); best !== undefined; best = queue.next(places)) {
    const members = membersOf(best.entry, graph, places);
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
    queue.taken(members, places);
  }
  return [...places.keys()].map((entry) => ({ entry, depends: placesOf(entry, graph, places) }));
}

/** All packages, the best first: those that are as they were at the start, sorted once, and those that got lighter. */
class PackageQueue {
  readonly #graph: EntryGraph;
  readonly #whole: readonly Package[];
  readonly #lightened = new Map<WaitingTransaction, Package>();
  readonly #lighter = new BinaryHeap<Package>((a, b) => compare(a, b) < 0);
  #at = 0;

  constructor(graph: EntryGraph) {
    this.#graph = graph;
    this.#whole = Array.from(graph.entries(), (entry) =>
      packageOf(entry, entry.ancestorFeesSat, entry.ancestorSizeVb),
    ).sort(compare);
  }

  next(places: ReadonlyMap<WaitingTransaction, number>): Package | undefined {
    let whole = this.#whole[this.#at];
    while (whole !== undefined && (places.has(whole.entry) || this.#lightened.has(whole.entry))) {
      this.#at += 1;
      whole = this.#whole[this.#at];
    }
    let lighter = this.#lighter.peek();
    while (
      lighter !== undefined &&
      (places.has(lighter.entry) || this.#lightened.get(lighter.entry) !== lighter)
    ) {
      this.#lighter.pop();
      lighter = this.#lighter.peek();
    }
    if (lighter === undefined || (whole !== undefined && compare(whole, lighter) < 0)) {
      this.#at += 1;
      return whole;
    }
    return this.#lighter.pop();
  }

  /** What stands on the taken ones needs less now, and comes again even if it didn't fit before. */
  taken(members: readonly WaitingTransaction[], places: ReadonlyMap<WaitingTransaction, number>): void {
    const changed = new Set<WaitingTransaction>();
    for (const member of members) {
      if (member.children.size === 0) continue;
      for (const descendant of this.#graph.descendantsOf(member)) {
        if (places.has(descendant)) continue;
        const known = this.#lightened.get(descendant);
        const feesSat = (known?.feesSat ?? descendant.ancestorFeesSat) - member.feeSat;
        const sizeVb = (known?.sizeVb ?? descendant.ancestorSizeVb) - member.sizeVb;
        this.#lightened.set(descendant, packageOf(descendant, feesSat, sizeVb));
        changed.add(descendant);
      }
    }
    for (const entry of changed) this.#lighter.push(this.#lightened.get(entry) as Package);
  }
}

function packageOf(entry: WaitingTransaction, feesSat: number, sizeVb: number): Package {
  return { entry, feesSat, sizeVb, scoreSatPerVb: Math.min(entry.feeRateSatPerVb, feesSat / sizeVb) };
}

function compare(a: Package, b: Package): number {
  return b.scoreSatPerVb - a.scoreSatPerVb || a.entry.sequence - b.entry.sequence;
}

function membersOf(
  entry: WaitingTransaction,
  graph: EntryGraph,
  places: ReadonlyMap<WaitingTransaction, number>,
): WaitingTransaction[] {
  if (entry.parents.size === 0) return [entry];
  const missing = [...graph.ancestorsOf(entry.transaction)].filter((ancestor) => !places.has(ancestor));
  return [...missing, entry].sort((a, b) => a.ancestorCount - b.ancestorCount || a.sequence - b.sequence);
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
