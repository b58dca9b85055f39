import { fromDisplayHex } from "./display-hex.js";

/** Writes the primitive fields of consensus serialization, front to back: the counterpart of ByteReader. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  u8(value: number): void {
    this.#parts.push(Uint8Array.of(value));
  }

  u32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.#parts.push(bytes);
  }

  i32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.#parts.push(bytes);
  }

  u64(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    this.#parts.push(bytes);
  }

  /** A hash, given in display order. */
  hash(hex: string): void {
    this.#parts.push(fromDisplayHex(hex));
  }

  /** A count in its shortest spelling; counts of a block never reach 2^32. */
  count(value: number): void {
    if (value < 0xfd) {
      this.u8(value);
    } else if (value <= 0xffff) {
      this.#parts.push(Uint8Array.of(0xfd, value & 0xff, value >>> 8));
    } else {
      this.u8(0xfe);
      this.u32(value);
    }
  }

  sized(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.put(bytes);
  }

  /** Everything written so far, copied into one piece. */
  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
