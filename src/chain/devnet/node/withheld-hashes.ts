import { HeldDenylist } from "./held-denylist.js";

/** What peers are told nothing about: what is on a deny list, and every block during maintenance. */
export class WithheldHashes {
  readonly blocks = new HeldDenylist();
  readonly transactions = new HeldDenylist();
  #isMaintained = false;

  /** @returns whether anything changed */
  setMaintenance(isEnabled: boolean): boolean {
    const hasChanged = isEnabled !== this.#isMaintained;
    this.#isMaintained = isEnabled;
    return hasChanged;
  }

  holdsBack(kind: "block" | "tx", hash: string): boolean {
    if (kind === "tx") return this.transactions.has(hash);
    return this.#isMaintained || this.blocks.has(hash);
  }
}
