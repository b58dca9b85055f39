import type { ScriptRun } from "../kernel/scripts/script-run.js";
import type { MempoolChange } from "../mempool/mempool.js";
import type { Outbox } from "./outbox.js";
import type { ToldMempool } from "./told-mempool.js";

interface Books {
  readonly outbox: Outbox;
  readonly mempool: ToldMempool;
}

/** NewTransaction (the first time), MempoolTransactionAdded and MempoolTransactionRemoved, in the order of the changes. */
export function tellMempool({ outbox, mempool }: Books, changes: readonly MempoolChange[]): void {
  for (const change of changes) {
    const { entry } = change;
    const tx_hash = entry.transaction.txid;
    if (change.kind === "removed") {
      outbox.say(() => {
        mempool.remove(tx_hash, { isByBlock: change.reason === "confirmed" });
        const payload = { tx_hash, reason: change.reason, mempool_size: mempool.size };
        return { type: "MempoolTransactionRemoved", payload };
      });
      continue;
    }
    if (change.isNew) outbox.say(() => ({ type: "NewTransaction", payload: { tx_hash } }));
    outbox.say(() => {
      mempool.add(entry);
      const payload = { tx_hash, fee_rate: entry.feeRateSatPerVb, mempool_size: mempool.size };
      return { type: "MempoolTransactionAdded", payload };
    });
  }
}

/** MempoolCleared, once for everything that waited. */
export function tellCleared({ outbox, mempool }: Books): void {
  outbox.say(() => {
    const cleared_count = mempool.size;
    mempool.clear();
    return { type: "MempoolCleared", payload: { cleared_count } };
  });
}

/** ScriptVerificationStarted and ScriptVerificationCompleted of each script that was run. */
export function tellScripts(outbox: Outbox, runs: readonly ScriptRun[]): void {
  for (const { txid: tx_hash, inputIndex: input_index, isValid: success, durationMs } of runs) {
    outbox.say(() => ({ type: "ScriptVerificationStarted", payload: { tx_hash, input_index } }));
    const verification_time_ms = Math.round(durationMs);
    const payload = { tx_hash, input_index, success, verification_time_ms };
    outbox.say(() => ({ type: "ScriptVerificationCompleted", payload }));
  }
}
