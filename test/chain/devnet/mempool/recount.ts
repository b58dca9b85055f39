import type { Mempool, MempoolEntry } from "../../../../src/chain/devnet/mempool/mempool.js";
import type { MempoolKernel } from "../../../../src/chain/devnet/mempool/mempool-kernel.js";

interface Family {
  readonly parents: readonly string[];
  readonly children: readonly string[];
  readonly ancestors: readonly string[];
  readonly descendants: readonly string[];
  readonly counts: readonly number[];
  readonly sizesVb: readonly number[];
  readonly feesSat: readonly number[];
  readonly isReplaceable: boolean;
}

/** What a mempool says of an entry's relatives. */
function toldOf(mempool: Mempool, entry: MempoolEntry): Family {
  const { txid } = entry.transaction;
  return {
    parents: [...entry.parents].sort(),
    children: [...entry.children].sort(),
    ancestors: [...mempool.ancestors(txid)].sort(),
    descendants: [...mempool.descendants(txid)].sort(),
    counts: [entry.ancestorCount, entry.descendantCount],
    sizesVb: [entry.ancestorSizeVb, entry.descendantSizeVb],
    feesSat: [entry.ancestorFeesSat, entry.descendantFeesSat],
    isReplaceable: entry.isReplaceable,
  };
}

/** Works the same out from the transactions alone. */
function recounter(mempool: Mempool): (entry: MempoolEntry) => Family {
  const byId = new Map(mempool.txids().map((txid) => [txid, mempool.entry(txid) as MempoolEntry]));
  const parents = new Map([...byId.keys()].map((txid) => [txid, new Set<string>()]));
  const children = new Map([...byId.keys()].map((txid) => [txid, new Set<string>()]));
  for (const [txid, { transaction }] of byId) {
    for (const { previousTxid } of transaction.inputs) {
      if (!byId.has(previousTxid)) continue;
      parents.get(txid)?.add(previousTxid);
      children.get(previousTxid)?.add(txid);
    }
  }
  const closure = (txid: string, next: ReadonlyMap<string, Set<string>>): string[] => {
    const found = new Set(next.get(txid));
    for (const each of found) for (const further of next.get(each) ?? []) found.add(further);
    return [...found].sort();
  };
  return ({ transaction: { txid } }) => {
    const ancestors = closure(txid, parents);
    const descendants = closure(txid, children);
    const sum = (txids: readonly string[], value: (entry: MempoolEntry) => number) =>
      [txid, ...txids].reduce((total, each) => total + value(byId.get(each) as MempoolEntry), 0);
    return {
      parents: [...(parents.get(txid) ?? [])].sort(),
      children: [...(children.get(txid) ?? [])].sort(),
      ancestors,
      descendants,
      counts: [ancestors.length + 1, descendants.length + 1],
      sizesVb: [sum(ancestors, (each) => each.sizeVb), sum(descendants, (each) => each.sizeVb)],
      feesSat: [sum(ancestors, (each) => each.feeSat), sum(descendants, (each) => each.feeSat)],
      isReplaceable: [txid, ...ancestors].some((each) =>
        byId.get(each)?.transaction.inputs.some((input) => input.sequence < 0xffff_fffe),
      ),
    };
  };
}

/** Every contradiction in what a mempool tells; empty when its books are right. */
export function contradictions(mempool: Mempool, chain: MempoolKernel): string[] {
  const found: string[] = [];
  const spent = new Set<string>();
  const recount = recounter(mempool);
  let sizeVb = 0;
  let feesSat = 0;
  for (const txid of mempool.txids()) {
    const entry = mempool.entry(txid) as MempoolEntry;
    sizeVb += entry.sizeVb;
    feesSat += entry.feeSat;
    const told = JSON.stringify(toldOf(mempool, entry));
    const counted = JSON.stringify(recount(entry));
    if (told !== counted) found.push(`${txid} tells ${told}, a recount ${counted}`);
    for (const { previousTxid, previousIndex } of entry.transaction.inputs) {
      const key = `${previousTxid}:${previousIndex}`;
      if (spent.has(key)) found.push(`${key} is spent twice`);
      spent.add(key);
      if (mempool.spenderOf(previousTxid, previousIndex) !== txid) found.push(`${key} has another spender`);
      const parent = mempool.entry(previousTxid)?.transaction.outputs[previousIndex];
      if (parent === undefined && chain.coin(previousTxid, previousIndex) === undefined) {
        found.push(`${txid} spends ${key}, which is missing`);
      }
    }
  }
  if (mempool.size !== mempool.txids().length) found.push(`size ${mempool.size}`);
  if (mempool.sizeVb !== sizeVb) found.push(`${mempool.sizeVb} vB, a recount ${sizeVb}`);
  if (mempool.totalFeeSat !== feesSat) found.push(`${mempool.totalFeeSat} sat, a recount ${feesSat}`);
  return found;
}
