const NEWLINE = 0x0a;

/** Cuts a byte stream into lines of UTF-8 text. Holds one unfinished line of at most `maxLineBytes`. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  #parts: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that a chunk completes, or "too_long"; after that the stream has no meaning any more. */
  push(chunk: Uint8Array): readonly string[] | "too_long" {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (!this.#hold(chunk.subarray(start, end))) return "too_long";
      lines.push(Buffer.concat(this.#parts).toString("utf8"));
      this.#parts = [];
      this.#heldBytes = 0;
      start = end + 1;
    }
    return this.#hold(chunk.subarray(start)) ? lines : "too_long";
  }

  #hold(part: Uint8Array): boolean {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxLineBytes) return false;
    if (part.length > 0) this.#parts.push(part);
    return true;
  }
}
