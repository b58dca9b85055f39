const maxTargetBlocks = 25;
// Half of what a block taught is forgotten after 18 blocks, as in Core's short horizon.
const decay = 0.962;
const successShare = 0.85;
const sufficientTransactions = 0.1 / (1 - decay);
const bucketSpacing = 1.1;
const lowestSatPerVb = 1;
const highestSatPerVb = 10_000;
const bucketCount = Math.ceil(Math.log(highestSatPerVb / lowestSatPerVb) / Math.log(bucketSpacing)) + 2;

interface Watched {
  readonly bucket: number;
  readonly heightBlocks: number;
}

/**
 * Learns from blocks which fee rate was confirmed how soon: in each range of fee rates (a tenth wide) the share of
 * transactions that a block took within 1 to 25 blocks. What still waits, or left unconfirmed, counts as not taken.
 * Old blocks count less and less. Memory: 25 numbers for each of about 100 ranges, and one record per watched
 * transaction, which the mempool bounds.
 * @see CBlockPolicyEstimator of Bitcoin Core
 */
export class FeeEstimator {
  readonly #watched = new Map<string, Watched>();
  readonly #confirmed = new Float64Array(bucketCount);
  readonly #feeRates = new Float64Array(bucketCount);
  readonly #within = new Float64Array(bucketCount * maxTargetBlocks);
  readonly #failed = new Float64Array(bucketCount * maxTargetBlocks);
  /** Waiting ones by the height at which they came, modulo 25. */
  readonly #waiting = new Float64Array(bucketCount * maxTargetBlocks);
  readonly #waitingLonger = new Float64Array(bucketCount);
  #heightBlocks: number;

  constructor(heightBlocks: number) {
    this.#heightBlocks = heightBlocks;
  }

  /** A transaction without unconfirmed parents came for the first time. */
  entered(txid: string, satPerVb: number, heightBlocks: number): void {
    if (heightBlocks < this.#heightBlocks) return;
    this.#advance(heightBlocks);
    const bucket = bucketOf(satPerVb);
    this.#watched.set(txid, { bucket, heightBlocks });
    add(this.#waiting, place(bucket, heightBlocks), 1);
  }

  /** A block came with these transactions; one that isn't the highest ever teaches nothing. */
  blockConnected(heightBlocks: number, confirmed: Iterable<{ txid: string; feeRateSatPerVb: number }>): void {
    const isNew = heightBlocks > this.#heightBlocks;
    if (isNew) {
      this.#advance(heightBlocks);
      for (const numbers of [this.#confirmed, this.#feeRates, this.#within, this.#failed]) {
        for (let index = 0; index < numbers.length; index += 1)
          numbers[index] = (numbers[index] ?? 0) * decay;
      }
    }
    for (const { txid, feeRateSatPerVb } of confirmed) {
      const watched = this.#forget(txid);
      if (!isNew || watched === undefined) continue;
      const waitedBlocks = Math.max(1, heightBlocks - watched.heightBlocks);
      add(this.#confirmed, watched.bucket, 1);
      add(this.#feeRates, watched.bucket, feeRateSatPerVb);
      for (let target = waitedBlocks; target <= maxTargetBlocks; target += 1) {
        add(this.#within, place(watched.bucket, target - 1), 1);
      }
    }
  }

  /** A transaction left without a block. */
  left(txid: string): void {
    const watched = this.#forget(txid);
    if (watched === undefined) return;
    const waitedBlocks = Math.min(this.#heightBlocks - watched.heightBlocks, maxTargetBlocks);
    for (let target = 1; target <= waitedBlocks; target += 1) {
      add(this.#failed, place(watched.bucket, target - 1), 1);
    }
  }

  /** Forgets those that wait; what blocks taught stays. */
  clear(): void {
    this.#watched.clear();
    this.#waiting.fill(0);
    this.#waitingLonger.fill(0);
  }

  /**
   * The fee rate in sat/vB of which 85% were confirmed within so many blocks, 25 at most; a longer wait never costs
   * more. Undefined while too few were confirmed.
   */
  estimate(targetBlocks: number): number | undefined {
    const most = Math.min(Math.max(1, Math.floor(targetBlocks)), maxTargetBlocks);
    let lowest: number | undefined;
    for (let target = 1; target <= most; target += 1) {
      const estimate = this.#estimateWithin(target);
      if (estimate !== undefined) lowest = Math.min(lowest ?? estimate, estimate);
    }
    return lowest;
  }

  #estimateWithin(target: number): number | undefined {
    let best: readonly [number, number] | undefined;
    let top = bucketCount - 1;
    let within = 0;
    let confirmed = 0;
    let others = 0;
    for (let bucket = bucketCount - 1; bucket >= 0; bucket -= 1) {
      within += this.#within[place(bucket, target - 1)] ?? 0;
      confirmed += this.#confirmed[bucket] ?? 0;
      others += (this.#failed[place(bucket, target - 1)] ?? 0) + this.#waitingAtLeast(bucket, target);
      if (confirmed < sufficientTransactions || within < successShare * (confirmed + others)) continue;
      best = [bucket, top];
      top = bucket - 1;
      within = 0;
      confirmed = 0;
      others = 0;
    }
    return best === undefined ? undefined : this.#medianRate(...best);
  }

  #medianRate(lowest: number, highest: number): number {
    let left = 0;
    for (let bucket = lowest; bucket <= highest; bucket += 1) left += this.#confirmed[bucket] ?? 0;
    left /= 2;
    let median = lowest;
    for (; median < highest; median += 1) {
      left -= this.#confirmed[median] ?? 0;
      if (left <= 0) break;
    }
    return (this.#feeRates[median] ?? 0) / (this.#confirmed[median] ?? 1);
  }

  #waitingAtLeast(bucket: number, blocks: number): number {
    let count = this.#waitingLonger[bucket] ?? 0;
    for (let waited = blocks; waited < maxTargetBlocks; waited += 1) {
      const heightBlocks = this.#heightBlocks - waited;
      if (heightBlocks >= 0) count += this.#waiting[place(bucket, heightBlocks)] ?? 0;
    }
    return count;
  }

  #forget(txid: string): Watched | undefined {
    const watched = this.#watched.get(txid);
    if (watched === undefined) return undefined;
    this.#watched.delete(txid);
    const { bucket, heightBlocks } = watched;
    if (this.#heightBlocks - heightBlocks >= maxTargetBlocks) add(this.#waitingLonger, bucket, -1);
    else add(this.#waiting, place(bucket, heightBlocks), -1);
    return watched;
  }

  // Frees the places of the ring that new heights take.
  #advance(heightBlocks: number): void {
    const first = Math.max(this.#heightBlocks + 1, heightBlocks - maxTargetBlocks + 1);
    for (let height = first; height <= heightBlocks; height += 1) {
      for (let bucket = 0; bucket < bucketCount; bucket += 1) {
        add(this.#waitingLonger, bucket, this.#waiting[place(bucket, height)] ?? 0);
        this.#waiting[place(bucket, height)] = 0;
      }
    }
    this.#heightBlocks = Math.max(this.#heightBlocks, heightBlocks);
  }
}

function place(bucket: number, height: number): number {
  return bucket * maxTargetBlocks + (height % maxTargetBlocks);
}

function add(numbers: Float64Array, index: number, amount: number): void {
  numbers[index] = (numbers[index] ?? 0) + amount;
}

function bucketOf(satPerVb: number): number {
  if (satPerVb < lowestSatPerVb) return 0;
  const bucket = 1 + Math.floor(Math.log(satPerVb / lowestSatPerVb) / Math.log(bucketSpacing));
  return Math.min(bucket, bucketCount - 1);
}
