import type { Mempool } from "../mempool/mempool.js";
import type { Outbox } from "./outbox.js";
import type { ToldChain } from "./told-chain.js";
import type { ToldMempool } from "./told-mempool.js";

export interface FeeWatchDependencies {
  readonly outbox: Outbox;
  readonly chain: ToldChain;
  readonly told: ToldMempool;
  readonly mempool: Mempool;
}

export interface FeeWatchOptions {
  /** Of the mempool's limit, in virtual bytes. */
  readonly warnSizeVb: number;
  readonly maxTemplateWeightWu: number;
}

/** What has to change by more than this share to be told. */
const TOLD_SHARE = 0.1;

/**
 * BlockTemplateUpdated when the tip changed or the fees of the next block grew by more than a tenth, FeeRateChanged when
 * the estimate for the next block did either way, MempoolThresholdExceeded when the mempool filled beyond its warning.
 */
export class FeeWatch {
  readonly #deps: FeeWatchDependencies;
  readonly #options: FeeWatchOptions;
  #templateTip: string | undefined;
  #templateFeesSat = 0;
  /** A template is made again when all fees together have grown beyond this. */
  #lookAgainFeesSat = 0;
  #toldFeeRate: number | undefined;
  #isWarned = false;

  constructor(deps: FeeWatchDependencies, options: FeeWatchOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** What is there already is told to nobody. */
  begin(tipHash: string): void {
    this.#templateTip = tipHash;
    this.#templateFeesSat = this.#makeTemplate().feesSat;
    this.#toldFeeRate = this.#deps.mempool.estimateFee(1);
    this.#isWarned = this.#isFull();
  }

  /** After each action, when chain and mempool have settled. */
  look(tip: { readonly hash: string; readonly heightBlocks: number }): void {
    this.#lookAtTemplate(tip);
    this.#lookAtFeeRate();
    this.#lookAtSize();
  }

  #lookAtTemplate({ hash: prev_hash, heightBlocks }: { hash: string; heightBlocks: number }): void {
    const { mempool, outbox } = this.#deps;
    const isNewTip = prev_hash !== this.#templateTip;
    if (!isNewTip && mempool.totalFeeSat <= this.#lookAgainFeesSat) return;
    const { feesSat, tx_count } = this.#makeTemplate();
    if (!isNewTip && feesSat <= this.#templateFeesSat * (1 + TOLD_SHARE)) return;
    this.#templateTip = prev_hash;
    this.#templateFeesSat = feesSat;
    const payload = { prev_hash, height: heightBlocks + 1, tx_count };
    outbox.say(() => ({ type: "BlockTemplateUpdated", payload }));
  }

  #makeTemplate(): { feesSat: number; tx_count: number } {
    const { mempool } = this.#deps;
    const chosen = mempool.template(this.#options.maxTemplateWeightWu);
    this.#lookAgainFeesSat = mempool.totalFeeSat * (1 + TOLD_SHARE);
    return { feesSat: chosen.reduce((sum, { entry }) => sum + entry.feeSat, 0), tx_count: chosen.length };
  }

  #lookAtFeeRate(): void {
    const new_fee_rate = this.#deps.mempool.estimateFee(1);
    if (new_fee_rate === undefined) return;
    const old_fee_rate = this.#toldFeeRate;
    if (old_fee_rate === undefined) {
      this.#toldFeeRate = new_fee_rate;
      return;
    }
    if (Math.abs(new_fee_rate - old_fee_rate) <= old_fee_rate * TOLD_SHARE) return;
    this.#toldFeeRate = new_fee_rate;
    const { outbox, told } = this.#deps;
    outbox.say(() => ({
      type: "FeeRateChanged",
      payload: { old_fee_rate, new_fee_rate, mempool_size: told.size },
    }));
  }

  #lookAtSize(): void {
    const isFull = this.#isFull();
    const isNews = isFull && !this.#isWarned;
    this.#isWarned = isFull;
    if (!isNews) return;
    const { size, sizeVb } = this.#deps.mempool;
    // The limit is one of bytes: so many transactions of the present mean size it is.
    const threshold = Math.floor((size * this.#options.warnSizeVb) / sizeVb);
    this.#deps.outbox.say(() => ({
      type: "MempoolThresholdExceeded",
      payload: { current_size: size, threshold },
    }));
  }

  #isFull(): boolean {
    return this.#deps.mempool.sizeVb > this.#options.warnSizeVb;
  }
}
