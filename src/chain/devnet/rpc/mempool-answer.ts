import type { MempoolEntry } from "../mempool/mempool.js";
import { btcOfSat } from "./btc-amount.js";

/** A waiting transaction in the form of Core's getmempoolentry; sizes in virtual bytes, fees in BTC. */
export function mempoolEntryAnswer(entry: MempoolEntry): Record<string, unknown> {
  const { transaction } = entry;
  return {
    vsize: entry.sizeVb,
    weight: transaction.weightWu,
    time: entry.timeS,
    height: entry.heightBlocks,
    descendantcount: entry.descendantCount,
    descendantsize: entry.descendantSizeVb,
    ancestorcount: entry.ancestorCount,
    ancestorsize: entry.ancestorSizeVb,
    wtxid: transaction.wtxid,
    fees: {
      base: btcOfSat(entry.feeSat),
      // Nothing here changes priorities, so that what is paid is what counts.
      modified: btcOfSat(entry.feeSat),
      ancestor: btcOfSat(entry.ancestorFeesSat),
      descendant: btcOfSat(entry.descendantFeesSat),
    },
    depends: [...entry.parents],
    spentby: [...entry.children],
    "bip125-replaceable": entry.isReplaceable,
  };
}
