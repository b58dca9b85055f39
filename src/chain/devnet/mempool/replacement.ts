import type { EntryGraph } from "./entry-graph.js";
import { feeOfSizeSat, incrementalRelaySatPerVb, satPerKvb } from "./fee-rate.js";
import type { Arrival, WaitingTransaction } from "./waiting-transaction.js";

const maxReplaced = 100;

export type ReplacementOutcome =
  | { readonly ok: true; readonly replaced: readonly WaitingTransaction[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Whether a transaction may take the place of those that it conflicts with, and of all that stand on them (BIP125
 * rules 2 to 5, and a higher fee rate than each direct conflict has). Rule 1, the signal, isn't asked for: Core 28
 * replaces in full by default.
 * @see https://github.com/bitcoin/bitcoin/blob/v28.1/doc/policy/mempool-replacements.md
 */
export function judgeReplacement(
  graph: EntryGraph,
  arrival: Pick<Arrival, "transaction" | "feeSat" | "sizeVb">,
  conflicts: ReadonlySet<WaitingTransaction>,
): ReplacementOutcome {
  const { transaction, feeSat, sizeVb } = arrival;
  const rate = satPerKvb(feeSat, sizeVb);
  let upperCount = 0;
  for (const conflict of conflicts) {
    if (rate <= satPerKvb(conflict.feeSat, conflict.sizeVb)) return refuse("insufficient fee");
    upperCount += conflict.descendantCount;
  }
  // Those under two conflicts count twice, as in Core: it bounds the work, not the set.
  if (upperCount > maxReplaced) return refuse("too many potential replacements");
  const directInputs = new Set<string>();
  for (const conflict of conflicts) {
    for (const { previousTxid } of conflict.transaction.inputs) directInputs.add(previousTxid);
  }
  for (const { previousTxid } of transaction.inputs) {
    if (!directInputs.has(previousTxid) && graph.entry(previousTxid) !== undefined) {
      return refuse("replacement-adds-unconfirmed");
    }
  }
  const replaced = graph.withDescendants(conflicts);
  const replacedFeesSat = replaced.reduce((sum, entry) => sum + entry.feeSat, 0);
  if (feeSat - replacedFeesSat < feeOfSizeSat(incrementalRelaySatPerVb, sizeVb))
    return refuse("insufficient fee");
  return { ok: true, replaced };
}

function refuse(reason: string): ReplacementOutcome {
  return { ok: false, reason };
}
