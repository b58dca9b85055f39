import type { PreparedModule } from "./prepared-module.js";

/** What instances were prepared from that must outlive them: a reload may have to go back to it. */
export class KeptModules {
  readonly #kept = new Set<PreparedModule>();

  keep(prepared: PreparedModule): void {
    this.#kept.add(prepared);
  }

  has(prepared: PreparedModule): boolean {
    return this.#kept.has(prepared);
  }

  /** It is kept no longer, and given back unless an instance runs it again. */
  async letGo(prepared: PreparedModule, isInUse = false): Promise<void> {
    this.#kept.delete(prepared);
    if (!isInUse) await prepared.dispose();
  }
}
