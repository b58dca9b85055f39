/** Texts up to this long are looked up before they are made: field names and event types come again and again. */
const CACHED_TEXT_BYTES = 32;
/** A power of two. A slot keeps its first text, so a stream of ever new texts costs one comparison each. */
const CACHE_SLOTS = 512;

interface CachedText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * Builds the value of one MessagePack body that the BodyScanner accepted. It checks nothing: given anything else,
 * it answers nonsense. Integers beyond 2^53 become bigint, all others number; binary data is copied out of the body
 * unless it makes up most of bytes that were given away.
 * One reader serves one connection.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class BodyReader {
  readonly #cache: (CachedText | undefined)[] = new Array(CACHE_SLOTS).fill(undefined);
  #bytes: Uint8Array = new Uint8Array(0);
  /** The same bytes, with the methods of a Buffer. */
  #body: Buffer = Buffer.alloc(0);
  #at = 0;
  #textEncoding: "latin1" | "utf8" = "utf8";
  #isGiven = false;

  /**
   * The value whose first byte is `bytes[start]`; `isAscii` promises that all its texts are ASCII, `isGiven` that nobody
   * else will touch the bytes.
   */
  read(bytes: Uint8Array, start: number, isAscii: boolean, isGiven = false): unknown {
    this.#textEncoding = isAscii ? "latin1" : "utf8";
    this.#isGiven = isGiven;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.#at = start;
    return this.#value();
  }

  #value(): unknown {
    const byte = this.#body[this.#at++] as number;
    if (byte <= 0x7f) return byte;
    if (byte <= 0x8f) return this.#map(byte & 0x0f);
    if (byte <= 0x9f) return this.#array(byte & 0x0f);
    if (byte <= 0xbf) return this.#text(byte & 0x1f);
    if (byte >= 0xe0) return byte - 0x100;
    switch (byte) {
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#binary(this.#uint(1));
      case 0xc5:
        return this.#binary(this.#uint(2));
      case 0xc6:
        return this.#binary(this.#uint(4));
      case 0xca:
        return this.#body.readFloatBE(this.#skip(4));
      case 0xcb:
        return this.#body.readDoubleBE(this.#skip(8));
      case 0xcc:
        return this.#uint(1);
      case 0xcd:
        return this.#uint(2);
      case 0xce:
        return this.#uint(4);
      case 0xcf:
        return this.#wide(this.#uint(4));
      case 0xd0:
        return this.#body.readInt8(this.#skip(1));
      case 0xd1:
        return this.#body.readInt16BE(this.#skip(2));
      case 0xd2:
        return this.#body.readInt32BE(this.#skip(4));
      case 0xd3:
        return this.#wide(this.#body.readInt32BE(this.#skip(4)));
      case 0xd9:
        return this.#text(this.#uint(1));
      case 0xda:
        return this.#text(this.#uint(2));
      case 0xdb:
        return this.#text(this.#uint(4));
      case 0xdc:
        return this.#array(this.#uint(2));
      case 0xdd:
        return this.#array(this.#uint(4));
      case 0xde:
        return this.#map(this.#uint(2));
      case 0xdf:
        return this.#map(this.#uint(4));
      default:
        return null;
    }
  }

  #array(count: number): unknown[] {
    const items = new Array<unknown>(count);
    for (let n = 0; n < count; n++) items[n] = this.#value();
    return items;
  }

  #map(count: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (let n = 0; n < count; n++) {
      const key = this.#value() as string;
      map[key] = this.#value();
    }
    return map;
  }

  /** A 64-bit integer whose high word was read. */
  #wide(high: number): number | bigint {
    const low = this.#uint(4);
    const value = high * 0x1_0000_0000 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
  }

  #text(length: number): string {
    const start = this.#skip(length);
    if (length === 0) return "";
    if (length > CACHED_TEXT_BYTES) return this.#newText(start);
    const slot = this.#slotOf(start, length);
    const cached = this.#cache[slot];
    if (cached !== undefined)
      return this.#isAt(start, length, cached.bytes) ? cached.text : this.#newText(start);
    const text = this.#newText(start);
    this.#cache[slot] = { bytes: Uint8Array.from(this.#body.subarray(start, this.#at)), text };
    return text;
  }

  #newText(start: number): string {
    return this.#body.toString(this.#textEncoding, start, this.#at);
  }

  #slotOf(start: number, length: number): number {
    const body = this.#body;
    const first = body[start] as number;
    const middle = body[start + (length >> 1)] as number;
    const last = body[start + length - 1] as number;
    return (first * 31 + middle * 7 + last + length * 61) & (CACHE_SLOTS - 1);
  }

  #isAt(start: number, length: number, bytes: Uint8Array): boolean {
    if (bytes.length !== length) return false;
    const body = this.#body;
    for (let n = 0; n < length; n++) if (body[start + n] !== bytes[n]) return false;
    return true;
  }

  #binary(length: number): Uint8Array {
    const start = this.#skip(length);
    const { buffer, byteOffset } = this.#body;
    const data = new Uint8Array(buffer, byteOffset + start, length);
    // A view keeps all of the bytes alive: worth it only for most of them.
    return this.#isGiven && length * 2 > buffer.byteLength ? data : new Uint8Array(data);
  }

  #uint(bytes: 1 | 2 | 4): number {
    const body = this.#body;
    let value = 0;
    for (let n = 0; n < bytes; n++) value = value * 256 + (body[this.#at++] as number);
    return value;
  }

  /** Moves on and answers where it stood. */
  #skip(bytes: number): number {
    const start = this.#at;
    this.#at += bytes;
    return start;
  }
}
