import { supervisorErrors } from "./errors.js";

/**
 * Lets one operation at a time work on a module. An operation that needs several modules takes them all at once or
 * none, so that no two wait for each other.
 */
export class OperationLocks {
  readonly #operations = new Map<string, { readonly operation: string; readonly names: string[] }>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #freed = new Map<string, Promise<unknown>>();

  /** The operation that works on a module now. */
  operationOn(name: string): string | undefined {
    return this.#operations.get(name)?.operation;
  }

  /** All modules that the operation works on, as it named them; empty when there is none. */
  heldWith(name: string): readonly string[] {
    return this.#operations.get(name)?.names ?? [];
  }

  /** @throws BUSY naming the operation that is under way, at once */
  async hold<Result>(
    names: readonly string[],
    operation: string,
    run: () => Promise<Result>,
  ): Promise<Result> {
    this.#requireFree(names);
    const held = [...names];
    const own = { operation, names: held };
    for (const name of held) this.#operations.set(name, own);
    const running = run();
    this.#running.add(running);
    const freed = running.then(
      () => {},
      () => {},
    );
    for (const name of held) this.#freed.set(name, freed);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
      for (const name of held) {
        this.#operations.delete(name);
        this.#freed.delete(name);
      }
    }
  }

  /** Takes further modules for the operation that works on `name`, all or none. @throws BUSY */
  join(name: string, others: readonly string[]): void {
    const own = this.#operations.get(name);
    const freed = this.#freed.get(name);
    if (own === undefined || freed === undefined) throw new TypeError(`no operation works on ${name}`);
    const missing = others.filter((other) => this.#operations.get(other) !== own);
    this.#requireFree(missing);
    for (const other of missing) {
      own.names.push(other);
      this.#operations.set(other, own);
      this.#freed.set(other, freed);
    }
  }

  /** Resolves when no operation works on a module. */
  async free(name: string): Promise<void> {
    while (this.#operations.has(name)) {
      await this.#freed.get(name);
      // Whoever held it takes it off the list a moment later.
      await Promise.resolve();
    }
  }

  /** Resolves when what runs now has ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #requireFree(names: readonly string[]): void {
    for (const name of names) {
      const current = this.#operations.get(name);
      if (current !== undefined)
        throw supervisorErrors.BUSY({ name, operation: current.operation }, { retryable: true });
    }
  }
}
