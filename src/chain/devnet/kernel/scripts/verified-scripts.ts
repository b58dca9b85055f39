import type { ScriptRules } from "./input-spend.js";
import type { ScriptObserver } from "./script-run.js";

/**
 * Which transactions' scripts held, by wtxid: that names the signatures, and by what they spend the scripts too.
 * Holds `capacity` of them; the oldest is forgotten for a new one, and its scripts are run again when it comes.
 */
export class VerifiedScripts {
  readonly #rulesOf = new Map<string, ScriptRules>();
  readonly #capacity: number;
  /** Hears of the scripts that aren't remembered and so are run. */
  readonly observer: ScriptObserver | undefined;

  constructor(capacity: number, observer?: ScriptObserver) {
    this.#capacity = capacity;
    this.observer = observer;
  }

  /** Scripts that hold by policy hold by consensus too. */
  has(wtxid: string, rules: ScriptRules): boolean {
    const known = this.#rulesOf.get(wtxid);
    return known === "policy" || (known !== undefined && known === rules);
  }

  add(wtxid: string, rules: ScriptRules): void {
    if (this.has(wtxid, rules)) return;
    this.#rulesOf.set(wtxid, rules);
    if (this.#rulesOf.size <= this.#capacity) return;
    const [oldest] = this.#rulesOf.keys();
    if (oldest !== undefined) this.#rulesOf.delete(oldest);
  }
}
