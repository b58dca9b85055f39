/** Unix time in seconds: the wall clock, or a time that stands still until it is set again. */
export class MockableClock {
  readonly #wallClockS: () => number;
  #mockS: number;

  /** `mockS` 0 is the wall clock. */
  constructor(wallClockS: () => number, mockS = 0) {
    this.#wallClockS = wallClockS;
    this.#mockS = mockS;
  }

  readonly nowS = (): number => (this.#mockS === 0 ? this.#wallClockS() : this.#mockS);

  /** 0 goes back to the wall clock. */
  set(mockS: number): void {
    this.#mockS = mockS;
  }
}
