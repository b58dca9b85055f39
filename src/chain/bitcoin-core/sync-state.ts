import type { ChainEvent } from "../chain-source.js";

/** Error: the node can't be reached. */
export type SyncPhase = "Initial" | "Headers" | "Blocks" | "Synced" | "Error";

/**
 * The phase that the events told last, and the one place that tells another: SyncStateChanged comes once per change.
 * After Error nothing is known of the node, so that what comes next comes from Initial.
 */
export class SyncState {
  readonly #emit: (event: ChainEvent) => void;
  #phase: SyncPhase = "Initial";

  constructor(emit: (event: ChainEvent) => void) {
    this.#emit = emit;
  }

  get phase(): SyncPhase {
    return this.#phase;
  }

  get isSynced(): boolean {
    return this.#phase === "Synced";
  }

  change(next: SyncPhase): void {
    if (next === this.#phase) return;
    const old_state = this.#phase === "Error" ? "Initial" : this.#phase;
    this.#phase = next;
    this.#emit({ type: "SyncStateChanged", payload: { old_state, new_state: next } });
  }
}
