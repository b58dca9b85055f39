interface Stopped {
  readonly names: Set<string>;
  /** Resolves when they are gone. */
  gone: Promise<void>;
}

/** Modules that wait for a crashed one: they were stopped with it, or crashed and can't come back before it does. */
export class StoppedWith {
  readonly #byCrashed = new Map<string, Stopped>();

  /** `names` are being stopped because a module crashed. */
  note(crashed: string, names: readonly string[], gone: Promise<void>): void {
    const known = this.#byCrashed.get(crashed)?.names ?? [];
    this.#byCrashed.set(crashed, { names: new Set([...known, ...names]), gone });
  }

  /** A module that is gone already waits for a crashed one as well. */
  join(crashed: string, name: string): void {
    const known = this.#byCrashed.get(crashed);
    if (known === undefined) this.note(crashed, [name], Promise.resolve());
    else known.names.add(name);
  }

  /** Resolves when all that are stopped with a module are gone. */
  async gone(crashed: string): Promise<void> {
    await this.#byCrashed.get(crashed)?.gone;
  }

  /** For what a module waits, or undefined. */
  crashedOf(name: string): string | undefined {
    for (const [crashed, { names }] of this.#byCrashed) if (names.has(name)) return crashed;
    return undefined;
  }

  /** Who waited for a module; they don't any more. */
  take(crashed: string): readonly string[] {
    const names = [...(this.#byCrashed.get(crashed)?.names ?? [])];
    this.#byCrashed.delete(crashed);
    return names;
  }
}
