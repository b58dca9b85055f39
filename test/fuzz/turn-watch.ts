/** For so long a reading of the processor's clock has to do: it takes longer than most turns. */
const READING_LASTS_MS = 4;

/** Measures turns of an event loop: a machine that is busy elsewhere is no lag of the one that is measured. */
export class TurnWatch {
  #usage = process.cpuUsage();
  #readAtMs = performance.now();

  /**
   * Takes a turn.
   * @returns milliseconds that passed and in which this process really ran; of a turn longer than 1 ms up to 4 too many,
   *   for the turns since the last reading count as well
   */
  measure(turn: () => void): number {
    const startMs = performance.now();
    if (startMs - this.#readAtMs > READING_LASTS_MS) {
      this.#usage = process.cpuUsage();
      this.#readAtMs = startMs;
    }
    turn();
    const wallMs = performance.now() - startMs;
    if (wallMs < 1) return wallMs;
    const { user, system } = process.cpuUsage(this.#usage);
    return Math.min(wallMs, (user + system) / 1000);
  }
}
