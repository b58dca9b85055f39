import { isUtf8 } from "node:buffer";
import { ipcErrors } from "./errors.js";

export interface BodyLimits {
  /** Arrays and maps within one another. */
  readonly maxDepth: number;
  /** Array elements plus map keys plus map values in one body. */
  readonly maxElements: number;
}

/** What a module may send (ipc.md, "Frames"). */
export const MODULE_BODY_LIMITS: BodyLimits = { maxDepth: 32, maxElements: 100_000 };
/** What a host may send. */
export const HOST_BODY_LIMITS: BodyLimits = { maxDepth: 32, maxElements: 2_000_000 };

const MAX_SAFE_HIGH_WORD = 0x1fffff;
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
/** Up to this many keys are compared pair by pair, which needs no allocation. */
const PAIRWISE_KEYS = 16;

/**
 * Walks over one MessagePack body without building anything, and refuses what the decoder would swallow:
 * counts that don't fit the bytes that are left, excess depth or elements, duplicate, forbidden or non-text keys,
 * invalid UTF-8, extension types, trailing bytes.
 * One scanner serves one connection; it holds nothing between two bodies.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export class BodyScanner {
  readonly #limits: BodyLimits;
  #body: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #elements = 0;
  #hasWideIntegers = false;
  #hasOnlyAscii = true;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** True when every text of the last body was short and ASCII, which is sooner decoded than UTF-8. */
  get hasOnlyAscii(): boolean {
    return this.#hasOnlyAscii;
  }

  /**
   * Scans the body `bytes[start..end)`, all of them by default.
   * @returns true when the body holds integers beyond ±2^53, which only a bigint can carry.
   * @throws LIMIT, DECODE_ERROR
   */
  scan(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
    this.#body = bytes;
    this.#at = start;
    this.#end = end;
    this.#elements = 0;
    this.#hasWideIntegers = false;
    this.#hasOnlyAscii = true;
    this.#value(0);
    if (this.#at !== end) throw undecodable(`${end - this.#at} bytes follow the message`);
    return this.#hasWideIntegers;
  }

  #value(depth: number): void {
    const byte = this.#byte();
    if (byte <= 0x7f || byte >= 0xe0) return;
    if (byte <= 0x8f) return this.#map(byte & 0x0f, depth);
    if (byte <= 0x9f) return this.#array(byte & 0x0f, depth);
    if (byte <= 0xbf) return this.#text(byte & 0x1f);
    switch (byte) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return;
      case 0xc4:
        return this.#skip(this.#uint(1), "binary length");
      case 0xc5:
        return this.#skip(this.#uint(2), "binary length");
      case 0xc6:
        return this.#skip(this.#uint(4), "binary length");
      case 0xcc:
      case 0xd0:
        return this.#need(1);
      case 0xcd:
      case 0xd1:
        return this.#need(2);
      case 0xca:
      case 0xce:
      case 0xd2:
        return this.#need(4);
      case 0xcb:
        return this.#need(8);
      case 0xcf:
        return this.#wideUnsigned();
      case 0xd3:
        return this.#wideSigned();
      case 0xd9:
        return this.#text(this.#uint(1));
      case 0xda:
        return this.#text(this.#uint(2));
      case 0xdb:
        return this.#text(this.#uint(4));
      case 0xdc:
        return this.#array(this.#uint(2), depth);
      case 0xdd:
        return this.#array(this.#uint(4), depth);
      case 0xde:
        return this.#map(this.#uint(2), depth);
      case 0xdf:
        return this.#map(this.#uint(4), depth);
      default:
        throw undecodable(`byte 0x${byte.toString(16)} begins an extension type or nothing at all`);
    }
  }

  #array(count: number, depth: number): void {
    this.#enter(count, count, depth);
    for (let n = 0; n < count; n++) this.#value(depth + 1);
  }

  #map(count: number, depth: number): void {
    this.#enter(count, count * 2, depth);
    const starts: number[] = [];
    const seen = count > PAIRWISE_KEYS ? new Set<string>() : undefined;
    for (let n = 0; n < count; n++) {
      const start = this.#key();
      if (seen === undefined) {
        this.#refuseTwin(starts, start);
        starts.push(start, this.#at);
      } else {
        const key = latin1(this.#body, start, this.#at);
        if (seen.has(key)) throw undecodable("a map holds the same key twice");
        seen.add(key);
      }
      this.#value(depth + 1);
    }
  }

  #enter(count: number, elements: number, depth: number): void {
    if (depth >= this.#limits.maxDepth) {
      throw ipcErrors.LIMIT({ what: "nesting depth", found: depth + 1, limit: this.#limits.maxDepth });
    }
    const left = this.#end - this.#at;
    // Each element takes at least one byte, so a count beyond that is a lie.
    if (elements > left) throw ipcErrors.LIMIT({ what: "declared element count", found: count, limit: left });
    this.#elements += elements;
    if (this.#elements > this.#limits.maxElements) {
      throw ipcErrors.LIMIT({
        what: "number of elements",
        found: this.#elements,
        limit: this.#limits.maxElements,
      });
    }
  }

  /** Reads a map key and answers where its text starts; it ends where the scanner then stands. */
  #key(): number {
    const byte = this.#byte();
    let length: number;
    if (byte >= 0xa0 && byte <= 0xbf) length = byte & 0x1f;
    else if (byte === 0xd9) length = this.#uint(1);
    else if (byte === 0xda) length = this.#uint(2);
    else if (byte === 0xdb) length = this.#uint(4);
    else throw undecodable("a map key is not text");
    const start = this.#at;
    this.#text(length);
    if ((length === 9 || length === 11) && FORBIDDEN_KEYS.has(latin1(this.#body, start, this.#at))) {
      throw undecodable("a map key is __proto__, constructor or prototype");
    }
    return start;
  }

  #refuseTwin(starts: readonly number[], start: number): void {
    const length = this.#at - start;
    for (let n = 0; n < starts.length; n += 2) {
      const other = starts[n] as number;
      if ((starts[n + 1] as number) - other !== length) continue;
      let same = 0;
      while (same < length && this.#body[start + same] === this.#body[other + same]) same++;
      if (same === length) throw undecodable("a map holds the same key twice");
    }
  }

  #text(length: number): void {
    const start = this.#at;
    this.#skip(length, "text length");
    if (length > 256) {
      this.#wideText(start);
      return;
    }
    const body = this.#body;
    const end = this.#at;
    let bits = 0;
    for (let n = start; n < end; n++) bits |= body[n] as number;
    if (bits >= 0x80) this.#wideText(start);
  }

  /** A text that is long or not ASCII. */
  #wideText(start: number): void {
    this.#hasOnlyAscii = false;
    if (!isUtf8(this.#body.subarray(start, this.#at))) throw undecodable("text is not UTF-8");
  }

  #wideUnsigned(): void {
    if (this.#uint(4) > MAX_SAFE_HIGH_WORD) this.#hasWideIntegers = true;
    this.#need(4);
  }

  #wideSigned(): void {
    const high = this.#uint(4) | 0;
    if (high > MAX_SAFE_HIGH_WORD || high < -MAX_SAFE_HIGH_WORD) this.#hasWideIntegers = true;
    this.#need(4);
  }

  #skip(length: number, what: string): void {
    const left = this.#end - this.#at;
    if (length > left) throw ipcErrors.LIMIT({ what: `declared ${what}`, found: length, limit: left });
    this.#at += length;
  }

  #need(length: number): void {
    if (length > this.#end - this.#at) throw undecodable("it ends in the middle of a value");
    this.#at += length;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw undecodable("it ends in the middle of a value");
    return this.#body[this.#at++] as number;
  }

  #uint(bytes: 1 | 2 | 4): number {
    const start = this.#at;
    this.#need(bytes);
    let value = 0;
    for (let n = start; n < this.#at; n++) value = value * 256 + (this.#body[n] as number);
    return value;
  }
}

function undecodable(found: string) {
  return ipcErrors.DECODE_ERROR({ found });
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}
