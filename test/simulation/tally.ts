/** How often each fault and each path of the engine occurred. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  addAll(other: Tally): void {
    for (const [what, times] of other.#counts) this.add(what, times);
  }

  count(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** One line each, in the order of `names`, then whatever else was counted. */
  lines(names: readonly string[]): string[] {
    const others = [...this.#counts.keys()].filter((name) => !names.includes(name)).sort();
    return [...names, ...others].map((name) => `${String(this.count(name)).padStart(9)}  ${name}`);
  }
}
