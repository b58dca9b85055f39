import { chainErrors } from "../errors.js";
import { toDisplayHex } from "./display-hex.js";

/**
 * Reads the primitive fields of consensus serialization, front to back.
 * Every read names its field; one that doesn't fit throws BLOCK_TRUNCATED or BLOCK_MALFORMED with the offset.
 * Byte fields are views of the input, which the reader borrows: whoever changes it changes them.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offsetBytes = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  get leftBytes(): number {
    return this.#bytes.length - this.#offsetBytes;
  }

  /** What was read from an offset up to here. */
  since(startBytes: number): Uint8Array {
    return this.#bytes.subarray(startBytes, this.#offsetBytes);
  }

  /** The next byte without reading it, or undefined at the end. */
  peek(aheadBytes = 0): number | undefined {
    return this.#bytes[this.#offsetBytes + aheadBytes];
  }

  take(lengthBytes: number, field: string): Uint8Array {
    const start = this.#claim(lengthBytes, field);
    return this.#bytes.subarray(start, start + lengthBytes);
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#claim(1, field));
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#claim(4, field), true);
  }

  i32(field: string): number {
    return this.#view.getInt32(this.#claim(4, field), true);
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#claim(8, field), true);
  }

  /** A hash, in display order. */
  hash(field: string): string {
    return toDisplayHex(this.take(32, field));
  }

  /**
   * How many items follow. Refused before anything is allocated when so many items of at least
   * `itemBytes` don't fit into what is left, or when a shorter spelling of the number exists.
   */
  count(itemBytes: number, field: string): number {
    const start = this.#offsetBytes;
    const value = this.#compactSize(field);
    const most = Math.floor(this.leftBytes / itemBytes);
    if (value > most) {
      throw chainErrors.BLOCK_MALFORMED({
        offsetBytes: start,
        field,
        found: String(value),
        allowed: `at most ${most}, for ${this.leftBytes} bytes are left`,
      });
    }
    return Number(value);
  }

  /** Bytes with their length before them. */
  sized(field: string): Uint8Array {
    return this.take(this.count(1, `the length of ${field}`), field);
  }

  #claim(lengthBytes: number, field: string): number {
    const start = this.#offsetBytes;
    if (lengthBytes > this.leftBytes) {
      throw chainErrors.BLOCK_TRUNCATED({
        offsetBytes: start,
        field,
        neededBytes: lengthBytes,
        leftBytes: this.leftBytes,
      });
    }
    this.#offsetBytes = start + lengthBytes;
    return start;
  }

  #compactSize(field: string): number | bigint {
    const start = this.#offsetBytes;
    const first = this.u8(field);
    if (first < 0xfd) return first;
    const [value, smallest] =
      first === 0xfd
        ? [this.#view.getUint16(this.#claim(2, field), true), 0xfd]
        : first === 0xfe
          ? [this.u32(field), 0x1_0000]
          : [this.u64(field), 0x1_0000_0000n];
    if (value < smallest) {
      throw chainErrors.BLOCK_MALFORMED({
        offsetBytes: start,
        field,
        found: `${value} in a longer spelling than needed`,
        allowed: `${smallest} or more behind 0x${first.toString(16)}`,
      });
    }
    return value;
  }
}
