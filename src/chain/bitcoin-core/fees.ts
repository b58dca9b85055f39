import type { ChainEvent } from "../chain-source.js";
import { fieldsOf, numberIn } from "./answer-field.js";
import type { RpcCaller } from "./rpc-caller.js";

/** A change of this part or less is no event. */
const leastChange = 0.1;
const satPerVbPerBtcPerKvb = 100_000;
/** What estimatesmartfee takes. */
const maxTargetBlocks = 1008;

/**
 * The node's estimate in sat/vB for a confirmation within so many blocks; undefined while it knows too little.
 * @see https://developer.bitcoin.org/reference/rpc/estimatesmartfee.html
 */
export async function feeEstimateOf(
  rpc: RpcCaller,
  targetBlocks: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const target = Math.min(Math.max(1, Math.ceil(targetBlocks)), maxTargetBlocks);
  const feeRateBtcPerKvb = numberIn(
    fieldsOf(await rpc.call("estimatesmartfee", [target], { signal })),
    "feerate",
  );
  if (feeRateBtcPerKvb === undefined || feeRateBtcPerKvb <= 0) return undefined;
  // Core prints 8 decimals: 1 sat/kvB is the smallest step, which floating point blurs.
  return Math.round(feeRateBtcPerKvb * satPerVbPerBtcPerKvb * 1000) / 1000;
}

export interface FeeWatchDependencies {
  readonly rpc: RpcCaller;
  readonly emit: (event: ChainEvent) => void;
  /** Transactions in the mempool as the events so far have it. */
  readonly mempoolSize: () => number;
}

/**
 * Tells FeeRateChanged when the estimate for the next block is more than a tenth away from the one told last.
 * The first estimate is where it begins; that there is none is no event, and the last one stays.
 */
export class FeeWatch {
  readonly #dependencies: FeeWatchDependencies;
  #told: number | undefined;

  constructor(dependencies: FeeWatchDependencies) {
    this.#dependencies = dependencies;
  }

  async look(signal: AbortSignal): Promise<void> {
    const { rpc, emit, mempoolSize } = this.#dependencies;
    const estimate = await feeEstimateOf(rpc, 1, signal);
    if (estimate === undefined || signal.aborted) return;
    const told = this.#told;
    if (told !== undefined && Math.abs(estimate - told) <= leastChange * told) return;
    this.#told = estimate;
    if (told === undefined) return;
    emit({
      type: "FeeRateChanged",
      payload: { old_fee_rate: told, new_fee_rate: estimate, mempool_size: mempoolSize() },
    });
  }
}
