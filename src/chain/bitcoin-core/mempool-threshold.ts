import type { ChainEvent } from "../chain-source.js";
import { countIn, fieldsOf } from "./answer-field.js";
import type { RpcCaller } from "./rpc-caller.js";

/** The part of the node's limit beyond which its mempool is told to be full. */
const thresholdShare = 0.8;

export interface MempoolThresholdDependencies {
  readonly rpc: RpcCaller;
  readonly emit: (event: ChainEvent) => void;
}

/**
 * Tells MempoolThresholdExceeded when the node's mempool takes more than four fifths of the memory that it may
 * (`usage` of `maxmempool`), once until it takes less again. Core's limit is memory, the event counts transactions:
 * `threshold` is how many of the present mean size four fifths hold.
 * @see https://developer.bitcoin.org/reference/rpc/getmempoolinfo.html
 */
export class MempoolThreshold {
  readonly #dependencies: MempoolThresholdDependencies;
  #isBeyond = false;

  constructor(dependencies: MempoolThresholdDependencies) {
    this.#dependencies = dependencies;
  }

  async look(signal: AbortSignal): Promise<void> {
    const { rpc, emit } = this.#dependencies;
    const info = fieldsOf(await rpc.call("getmempoolinfo", [], { signal }));
    const count = countIn(info, "size");
    const usageBytes = countIn(info, "usage");
    const limitBytes = countIn(info, "maxmempool");
    if (count === undefined || usageBytes === undefined || limitBytes === undefined || signal.aborted) return;
    const wasBeyond = this.#isBeyond;
    this.#isBeyond = count > 0 && usageBytes > thresholdShare * limitBytes;
    if (wasBeyond || !this.#isBeyond) return;
    const threshold = Math.floor((thresholdShare * limitBytes * count) / usageBytes);
    emit({ type: "MempoolThresholdExceeded", payload: { current_size: count, threshold } });
  }
}
