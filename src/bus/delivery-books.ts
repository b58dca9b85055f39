import { ModuleBooks, type ModuleDeliveryStats } from "./module-books.js";

/**
 * The books of every module that ever connected, by module name.
 * Bounded by the number of installed modules: only those get a pipeline.
 */
export class DeliveryBooks {
  readonly #modules = new Map<string, ModuleBooks>();
  readonly #catchUp: () => void;

  /** @param catchUp called before anybody looks, so that what was published is booked */
  constructor(catchUp: () => void = () => {}) {
    this.#catchUp = catchUp;
  }

  /** The books of a module, opened at the first call. */
  of(moduleName: string): ModuleBooks {
    this.#catchUp();
    const known = this.#modules.get(moduleName);
    if (known !== undefined) return known;
    const opened = new ModuleBooks(moduleName, this.#catchUp);
    this.#modules.set(moduleName, opened);
    return opened;
  }

  /** Undefined when no module of that name ever connected. */
  known(moduleName: string): ModuleBooks | undefined {
    this.#catchUp();
    return this.#modules.get(moduleName);
  }

  all(): Iterable<ModuleBooks> {
    this.#catchUp();
    return this.#modules.values();
  }

  /** The counts of one module, or undefined when none of that name ever connected. */
  getDeliveryStats(moduleName: string): ModuleDeliveryStats | undefined {
    return this.#modules.get(moduleName)?.stats();
  }

  getAllDeliveryStats(): Record<string, ModuleDeliveryStats> {
    return Object.fromEntries([...this.#modules].map(([name, books]) => [name, books.stats()]));
  }

  /**
   * Starts a module's counts anew (matched = waiting + in flight, all else 0); /metrics is not reset.
   * @returns false when no module of that name ever connected.
   */
  resetDeliveryStats(moduleName: string): boolean {
    const books = this.#modules.get(moduleName);
    books?.reset();
    return books !== undefined;
  }
}
