import { incrementalRelaySatPerVb } from "./fee-rate.js";

const halfLifeS = 12 * 3600;
const leastStepS = 10;

/**
 * The fee rate that a full mempool asks for: rises to just above what was evicted, and falls by half in 12 hours, in a
 * quarter of that where the mempool is less than a quarter full, once a block came. Below half a satoshi it is 0.
 * @see CTxMemPool::GetMinFee of Bitcoin Core
 */
export class RollingMinimum {
  #satPerVb = 0;
  #updatedS = 0;
  #mayFall = false;

  /** In whole satoshi per 1,000 vB. @param fill share of the mempool's bytes in use */
  satPerVb(nowS: number, fill: number): number {
    return Math.round(this.#fallen(nowS, fill) * 1000) / 1000;
  }

  /** Something of this fee rate had to leave. */
  evicted(satPerVb: number): void {
    const floor = satPerVb + incrementalRelaySatPerVb;
    if (floor <= this.#satPerVb) return;
    this.#satPerVb = floor;
    this.#mayFall = false;
  }

  /** A block made room. */
  blockConnected(nowS: number): void {
    this.#updatedS = nowS;
    this.#mayFall = true;
  }

  clear(): void {
    this.#satPerVb = 0;
  }

  #fallen(nowS: number, fill: number): number {
    if (this.#satPerVb === 0 || !this.#mayFall) return this.#satPerVb;
    const passedS = nowS - this.#updatedS;
    if (passedS > leastStepS) {
      const hurry = fill < 1 / 4 ? 4 : fill < 1 / 2 ? 2 : 1;
      this.#satPerVb /= 2 ** ((passedS * hurry) / halfLifeS);
      this.#updatedS = nowS;
      if (this.#satPerVb < incrementalRelaySatPerVb / 2) {
        this.#satPerVb = 0;
        return 0;
      }
    }
    return Math.max(this.#satPerVb, incrementalRelaySatPerVb);
  }
}
