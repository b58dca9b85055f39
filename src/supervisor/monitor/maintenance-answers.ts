/** Names of the modules that a request was for: done with it, not yet, and those that it never reached. */
export interface MaintenanceProgress {
  readonly answered: readonly string[];
  readonly pending: readonly string[];
  readonly lost?: readonly string[];
}

const MAX_NAMES = 32;

/** Remembers who was asked and who was done in time: a module that is gone in between is in no later list. */
export class MaintenanceAnswers {
  readonly #asked = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #lost = new Set<string>();
  #pending: readonly string[] = [];

  note({ answered, pending, lost = [] }: MaintenanceProgress): void {
    for (const name of lost) this.#lost.add(name);
    for (const name of answered) this.#answered.add(name);
    for (const name of pending) this.#asked.add(name);
    this.#pending = pending;
  }

  /** Nobody is left to wait for. */
  get areIn(): boolean {
    return this.#pending.length === 0;
  }

  /** Everybody who was asked answered; also when nobody was. */
  get areAllGood(): boolean {
    return this.areIn && this.#lost.size === 0 && this.#gone().length === 0;
  }

  /** For a person to read: who answered, who did not, who is gone, and what cut the wait short. */
  describe(cutShort: string | undefined): string {
    const parts = [
      cutShort,
      listed("answered in time", [...this.#answered]),
      listed("not done yet", this.#pending),
      listed("never got the request, its queue was full", [...this.#lost]),
      listed("gone before it was done", this.#gone()),
    ].filter((part) => part !== undefined);
    return parts.length === 0 ? "no module listens to DataMaintenance" : parts.join("; ");
  }

  #gone(): string[] {
    const isKnown = (name: string) =>
      this.#answered.has(name) || this.#lost.has(name) || this.#pending.includes(name);
    return [...this.#asked].filter((name) => !isKnown(name));
  }
}

function listed(label: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const shown = names.toSorted().slice(0, MAX_NAMES).join(", ");
  return `${label}: ${shown}${names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ""}`;
}
