import { securityErrors } from "./errors.js";

/** The most that one module's code may have. */
export interface CodeLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxDepth: number;
}

export const codeLimits: CodeLimits = { maxEntries: 10_000, maxBytes: 512 * 1024 * 1024, maxDepth: 32 };

/** What is left of the limits while a module's code is read. All methods throw CODE_TOO_LARGE. */
export class CodeBudget {
  /** The module's name, for messages. */
  readonly module: string;
  readonly limits: CodeLimits;
  #entries = 0;
  #bytes = 0;

  constructor(module: string, limits: CodeLimits) {
    this.module = module;
    this.limits = limits;
  }

  /** Entries that may still come. */
  get entriesLeft(): number {
    return this.limits.maxEntries - this.#entries;
  }

  takeEntries(count: number): void {
    this.#entries += count;
    const { maxEntries: limit } = this.limits;
    if (this.#entries > limit) this.#refuse("it has more entries", limit, "files and folders");
  }

  takeBytes(count: number): void {
    this.#bytes += count;
    const { maxBytes: limit } = this.limits;
    if (this.#bytes > limit) this.#refuse("it has more", limit, "bytes");
  }

  /** Says in advance that a file of that size won't fit, so that nothing of it is read. */
  expectBytes(count: number): void {
    const { maxBytes: limit } = this.limits;
    if (this.#bytes + count > limit) this.#refuse("it has more", limit, "bytes");
  }

  enterDepth(depth: number): void {
    const { maxDepth: limit } = this.limits;
    if (depth > limit) this.#refuse("its folders are nested deeper", limit, "levels");
  }

  #refuse(what: string, limit: number, unit: string): never {
    throw securityErrors.CODE_TOO_LARGE({ module: this.module, what, limit, unit });
  }
}
