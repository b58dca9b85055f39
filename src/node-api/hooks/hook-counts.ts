import type { HookReply } from "./hook-provider.js";
import type { HookName } from "./hook-question.js";

/** `misfit`: an answer that is not what the question asks for. */
export type HookOutcome = HookReply["outcome"] | "misfit";

/** How often a module's hook had one outcome. */
export interface HookCount {
  readonly module: string;
  readonly hook: HookName;
  readonly outcome: HookOutcome;
  readonly count: number;
}

/** Modules that are counted; the one that was silent for longest is forgotten first. */
const MAX_MODULES = 256;

/** What came of each question to each module, from the start of the host on. */
export class HookCounts {
  readonly #modules = new Map<string, Map<string, HookCount>>();

  note(module: string, hook: HookName, outcome: HookOutcome): void {
    const counts = this.#modules.get(module) ?? new Map<string, HookCount>();
    // The order of a Map is that of insertion: whoever is heard of stands last.
    this.#modules.delete(module);
    this.#modules.set(module, counts);
    for (const silent of this.#modules.keys()) {
      if (this.#modules.size <= MAX_MODULES) break;
      this.#modules.delete(silent);
    }
    const key = `${hook} ${outcome}`;
    counts.set(key, { module, hook, outcome, count: (counts.get(key)?.count ?? 0) + 1 });
  }

  *all(): Iterable<HookCount> {
    for (const counts of this.#modules.values()) yield* counts.values();
  }
}
