/** What every reader accepts (ipc.md, "Frames"). */
const MAX_DEPTH = 32;
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
const FIRST_BUFFER_BYTES = 2048;
/** The buffer is kept for the next body unless it grew beyond this. */
const KEEP_BUFFER_BYTES = 1024 * 1024;
/** Up to this many characters a loop writes a text sooner than a call of the runtime does. */
const SHORT_TEXT_CHARS = 40;
const MAX_SHORT_MAP_KEYS = 15;
const TWO_TO_32 = 0x1_0000_0000;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

/**
 * Writes one value as a MessagePack body: integers as the shortest integers, also above 2^32, other numbers as 64-bit
 * floats, bigints as uint64, byte arrays as binary. Undefined map fields are left out; elsewhere undefined is nil.
 * Half of a surrogate pair, which has no UTF-8 form, becomes U+FFFD. What a reader would refuse is refused here.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class BodyWriter {
  /** Where bodies lie that have no other place. */
  #own: Buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  /** The body that is being written begins at `#start` of this. */
  #buffer = this.#own;
  #start = 0;
  #at = 0;
  #acceptsBigInts = false;

  /**
   * @returns the body; its bytes are the writer's own and valid until the next call.
   * @throws on functions, symbols, objects of a class (a Date, a Map), forbidden keys, cycles (as excess depth), and
   * bigints that don't fit or aren't accepted
   */
  write(value: unknown, acceptsBigInts: boolean): Uint8Array {
    this.writeInto(this.#own, 0, value, acceptsBigInts);
    return this.last;
  }

  /**
   * Writes the body into `bytes` from `at` on.
   * @returns where it ends, or -1 when it doesn't fit: then it was written elsewhere and is {@link last}.
   * @throws as {@link write} does; `bytes` then hold a part of the body
   */
  writeInto(bytes: Buffer, at: number, value: unknown, acceptsBigInts: boolean): number {
    if (this.#own.length > KEEP_BUFFER_BYTES) this.#own = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
    this.#buffer = bytes;
    this.#start = at;
    this.#at = at;
    this.#acceptsBigInts = acceptsBigInts;
    this.#value(value, 0);
    return this.#buffer === bytes ? this.#at : -1;
  }

  /** The body that was written last, valid until the next call. */
  get last(): Uint8Array {
    const { buffer, byteOffset } = this.#buffer;
    return new Uint8Array(buffer, byteOffset + this.#start, this.#at - this.#start);
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.#byte(value ? 0xc3 : 0xc2);
      case "undefined":
        return this.#byte(0xc0);
      case "bigint":
        return this.#bitSet(value);
      case "object":
        return this.#object(value, depth);
      default:
        throw new TypeError(`a ${typeof value} can't be sent`);
    }
  }

  #object(value: object | null, depth: number): void {
    if (value === null) return this.#byte(0xc0);
    if (depth >= MAX_DEPTH) throw new RangeError(`value is nested deeper than ${MAX_DEPTH}`);
    if (Array.isArray(value)) {
      this.#head(value.length, 0x90, 15, 0xdc);
      for (const item of value) this.#value(item, depth + 1);
    } else if (ArrayBuffer.isView(value)) this.#binary(value);
    else this.#map(value as Readonly<Record<string, unknown>>, depth);
  }

  #map(map: Readonly<Record<string, unknown>>, depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(map);
    if (prototype !== Object.prototype && prototype !== null)
      throw new TypeError("an object of a class can't be sent");
    const keys = Object.keys(map);
    // A short map's head is one byte, written when the count is known; a long map's keys are counted first.
    if (keys.length <= MAX_SHORT_MAP_KEYS) {
      this.#reserve(1);
      const head = this.#at++ - this.#start;
      const count = this.#entries(map, keys, depth);
      this.#buffer[this.#start + head] = 0x80 | count;
      return;
    }
    let count = 0;
    for (const key of keys) if (map[key] !== undefined) count++;
    this.#head(count, 0x80, MAX_SHORT_MAP_KEYS, 0xde);
    this.#entries(map, keys, depth);
  }

  /** Writes the fields that are not undefined and answers how many those are. */
  #entries(map: Readonly<Record<string, unknown>>, keys: readonly string[], depth: number): number {
    let count = 0;
    for (const key of keys) {
      const value = map[key];
      if (value === undefined) continue;
      if ((key.length === 9 || key.length === 11) && FORBIDDEN_KEYS.has(key))
        throw new TypeError(`a key may not be ${key}`);
      this.#text(key);
      this.#value(value, depth + 1);
      count++;
    }
    return count;
  }

  /** The head of an array or map: in one byte when the count fits, else as 16 or 32 bits. */
  #head(count: number, short: number, maxShort: number, long: number): void {
    if (count <= maxShort) this.#byte(short | count);
    else if (count <= 0xffff) this.#tagged(long, count, 2);
    else this.#tagged(long + 1, count, 4);
  }

  #text(text: string): void {
    if (text.length > SHORT_TEXT_CHARS || !this.#shortAscii(text)) this.#longText(text);
  }

  /** Writes a short text, or nothing when it isn't ASCII. */
  #shortAscii(text: string): boolean {
    this.#reserve(text.length + 2);
    const buffer = this.#buffer;
    let at = this.#at;
    if (text.length > 31) buffer[at++] = 0xd9;
    buffer[at++] = text.length > 31 ? text.length : 0xa0 | text.length;
    for (let n = 0; n < text.length; n++) {
      const char = text.charCodeAt(n);
      if (char >= 0x80) return false;
      buffer[at++] = char;
    }
    this.#at = at;
    return true;
  }

  #longText(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (bytes <= 31) this.#byte(0xa0 | bytes);
    else if (bytes <= 0xff) this.#tagged(0xd9, bytes, 1);
    else if (bytes <= 0xffff) this.#tagged(0xda, bytes, 2);
    else this.#tagged(0xdb, bytes, 4);
    this.#reserve(bytes);
    // As many bytes as characters: ASCII, which needs no conversion.
    this.#at += this.#buffer.write(text, this.#at, bytes, bytes === text.length ? "latin1" : "utf8");
  }

  #binary({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    if (byteLength <= 0xff) this.#tagged(0xc4, byteLength, 1);
    else if (byteLength <= 0xffff) this.#tagged(0xc5, byteLength, 2);
    else this.#tagged(0xc6, byteLength, 4);
    this.#reserve(byteLength);
    this.#buffer.set(new Uint8Array(buffer, byteOffset, byteLength), this.#at);
    this.#at += byteLength;
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#reserve(9);
      this.#buffer[this.#at++] = 0xcb;
      this.#at = this.#buffer.writeDoubleBE(value, this.#at);
    } else if (value >= 0) this.#unsigned(value);
    else this.#negative(value);
  }

  #unsigned(value: number): void {
    if (value <= 0x7f) this.#byte(value);
    else if (value <= 0xff) this.#tagged(0xcc, value, 1);
    else if (value <= 0xffff) this.#tagged(0xcd, value, 2);
    else if (value < TWO_TO_32) this.#tagged(0xce, value, 4);
    else this.#wide(0xcf, value);
  }

  #negative(value: number): void {
    if (value >= -0x20) this.#byte(value & 0xff);
    else if (value >= -0x80) this.#tagged(0xd0, value, 1);
    else if (value >= -0x8000) this.#tagged(0xd1, value, 2);
    else if (value >= -0x8000_0000) this.#tagged(0xd2, value, 4);
    else this.#wide(0xd3, value);
  }

  #bitSet(value: bigint): void {
    if (!this.#acceptsBigInts) throw new TypeError("a bigint that is no bit set can't be sent");
    if (value < 0n || value > MAX_UINT64) throw new RangeError(`bit set ${value} does not fit 64 bits`);
    this.#reserve(9);
    this.#buffer[this.#at++] = 0xcf;
    this.#at = this.#buffer.writeBigUInt64BE(value, this.#at);
  }

  /** A safe integer as 64 bits, in two halves. */
  #wide(tag: number, value: number): void {
    const high = Math.floor(value / TWO_TO_32);
    this.#tagged(tag, high, 4);
    this.#reserve(4);
    this.#uint(value - high * TWO_TO_32, 4);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = byte;
  }

  #tagged(tag: number, value: number, bytes: 1 | 2 | 4): void {
    this.#reserve(bytes + 1);
    this.#buffer[this.#at++] = tag;
    this.#uint(value, bytes);
  }

  #uint(value: number, bytes: 1 | 2 | 4): void {
    for (let shift = (bytes - 1) * 8; shift >= 0; shift -= 8) this.#buffer[this.#at++] = value >>> shift;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes > this.#buffer.length) this.#move(bytes);
  }

  /** Goes on in bytes of its own, with room for so many more. */
  #move(bytes: number): void {
    const written = this.#buffer.subarray(this.#start, this.#at);
    const needed = written.length + bytes;
    let larger = this.#own;
    if (this.#buffer === larger || needed > larger.length)
      larger = Buffer.allocUnsafeSlow(Math.max(needed, larger.length * 2));
    larger.set(written);
    this.#own = larger;
    this.#buffer = larger;
    this.#start = 0;
    this.#at = written.length;
  }
}
