const lineFeed = 10;
const carriageReturn = 13;
const nothing = Buffer.alloc(0);

/** One line of output without its end, or one piece of a line that was too long. */
export interface OutputLine {
  readonly bytes: Buffer;
  /** True when the line goes on in the next piece. */
  readonly isCut: boolean;
}

/**
 * Cuts a byte stream into lines. Holds at most one unfinished line of `maxBytes`: a longer line comes in
 * pieces, cut between UTF-8 characters. No byte is lost but line ends.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #unfinished: Buffer = nothing;

  constructor({ maxBytes }: { readonly maxBytes: number }) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that a chunk completes; to be read to the end before the next push. */
  *push(chunk: Buffer): Generator<OutputLine> {
    let rest = this.#unfinished.length === 0 ? chunk : Buffer.concat([this.#unfinished, chunk]);
    this.#unfinished = nothing;
    while (rest.length > 0) {
      const end = rest.subarray(0, this.#maxBytes + 1).indexOf(lineFeed);
      if (end === -1 && rest.length <= this.#maxBytes) break;
      const length = end === -1 ? this.#cutLength(rest) : end;
      yield { bytes: withoutReturn(rest.subarray(0, length)), isCut: end === -1 };
      rest = rest.subarray(end === -1 ? length : end + 1);
    }
    // A copy: a slice of a few bytes would keep the whole chunk alive.
    this.#unfinished = Buffer.from(rest);
  }

  /** The line that was never ended, if there is one. */
  flush(): OutputLine | undefined {
    const bytes = this.#unfinished;
    this.#unfinished = nothing;
    return bytes.length === 0 ? undefined : { bytes: withoutReturn(bytes), isCut: false };
  }

  #cutLength(line: Buffer): number {
    for (let back = 0; back < 4; back++) {
      const next = line[this.#maxBytes - back] ?? 0;
      if ((next & 0xc0) !== 0x80) return Math.max(1, this.#maxBytes - back);
    }
    return this.#maxBytes;
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}
