/** Count, lowest, mean and highest of the fee rates since the last {@link take}, in sat/vB. Holds four numbers. */
export class FeeSummary {
  #count = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = 0;
  #sum = 0;

  add(feeRate: number): void {
    this.#count++;
    this.#sum += feeRate;
    if (feeRate < this.#lowest) this.#lowest = feeRate;
    if (feeRate > this.#highest) this.#highest = feeRate;
  }

  /** The summary in words, or undefined when nothing was added; starts anew. */
  take(): string | undefined {
    if (this.#count === 0) return undefined;
    const mean = this.#sum / this.#count;
    const came = this.#count === 1 ? "1 transaction came" : `${this.#count} transactions came`;
    const text = `${came} before it, ${round(this.#lowest)} / ${round(mean)} / ${round(this.#highest)} sat/vB lowest, mean, highest`;
    this.#count = 0;
    this.#sum = 0;
    this.#lowest = Number.POSITIVE_INFINITY;
    this.#highest = 0;
    return text;
  }
}

function round(feeRate: number): string {
  return feeRate.toFixed(1);
}
