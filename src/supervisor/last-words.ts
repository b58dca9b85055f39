/** A runtime that dies for want of memory prints a dozen lines of stack after it said so. */
const MAX_LINES = 40;
const MAX_CHARACTERS = 400;

/**
 * How runtimes say that memory was refused: Node.js for its heap, for buffers and for threads; Python; C++; Go; Rust;
 * perror(3) of programs in C.
 * The whole line must be the runtime's: one that merely talks of memory is no such word.
 */
const memoryWords: readonly RegExp[] = [
  /^FATAL ERROR: .*(?:heap out of memory|process out of memory|out of memory)/,
  /^# Fatal (?:JavaScript|process) (?:invalid size|out of memory)/,
  /^(?:Uncaught )?RangeError: (?:Array buffer allocation failed|WebAssembly\.Memory\(\): could not allocate memory|WebAssembly\.Memory\.grow\(\): .*)$/,
  /^Error \[ERR_WORKER_OUT_OF_MEMORY\]: /,
  /^(?:Error: )?(?:Error: )?ENOMEM: not enough memory/,
  /^MemoryError(?:: |$)/,
  /^\s*what\(\): {2}std::bad_alloc/,
  /^(?:fatal error|runtime): .*out of memory/,
  /^memory allocation of \d+ bytes failed/,
  /^[^\s:]{1,40}: Cannot allocate memory$/,
];

/** Remembers the last lines that a module wrote to standard error: 40 lines of 400 characters. */
export class LastWords {
  readonly #lines: string[] = [];

  note(line: string): void {
    this.#lines.push(line.slice(0, MAX_CHARACTERS));
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  /** The last line by which a runtime says that it got no more memory; undefined when none does. */
  get aboutMemory(): string | undefined {
    return this.#lines.findLast((line) => memoryWords.some((word) => word.test(line)));
  }
}
