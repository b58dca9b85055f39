import { supervisorErrors } from "./errors.js";

/**
 * Loads modules that are loaded on demand, each once for all who ask while it is under way. A load that needs another
 * one waits for it; modules that would wait for one another are refused instead.
 */
export class OnDemandLoads {
  readonly #load: (name: string) => Promise<void>;
  readonly #underWay = new Map<string, Promise<void>>();
  /** A load waits for one other at a time. */
  readonly #waitsFor = new Map<string, string>();

  constructor(load: (name: string) => Promise<void>) {
    this.#load = load;
  }

  /**
   * Resolves when the module is loaded; `neededBy` is the module whose load waits for that.
   * @throws DEP_CYCLE, and what loading throws
   */
  async share(name: string, neededBy?: string): Promise<void> {
    if (neededBy === undefined) return this.#join(name);
    const path = [neededBy, name];
    for (let next = this.#waitsFor.get(name); next !== undefined; next = this.#waitsFor.get(next)) {
      path.push(next);
      if (next === neededBy) throw supervisorErrors.DEP_CYCLE({ module: neededBy, path });
    }
    this.#waitsFor.set(neededBy, name);
    try {
      await this.#join(name);
    } finally {
      this.#waitsFor.delete(neededBy);
    }
  }

  #join(name: string): Promise<void> {
    let done = this.#underWay.get(name);
    if (done === undefined) {
      done = this.#load(name).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, done);
    }
    return done;
  }
}
