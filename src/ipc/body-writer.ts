import type { AnyEvent } from "../events/index.js";
import { type KnownText, MessagePackBytes } from "./message-pack-bytes.js";
import { MESSAGE_KIND } from "./messages.js";

/** What every reader accepts (ipc.md, "Frames"). */
const MAX_DEPTH = 32;
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);
const MAX_SHORT_MAP_KEYS = 15;
const NO_TEXTS: readonly KnownText[] = [];

/** What the messages of one event type have in common. */
export interface EventLayout {
  readonly type: KnownText;
  /** Keys of the payload, in the order in which most payloads have them. */
  readonly keys: readonly KnownText[];
  readonly hasBitSets: boolean;
}

/**
 * Writes one value as a MessagePack body: integers as the shortest integers, also above 2^32, other numbers as 64-bit
 * floats, bigints as uint64, byte arrays as binary. Undefined map fields are left out; elsewhere undefined is nil.
 * Half of a surrogate pair, which has no UTF-8 form, becomes U+FFFD. What a reader would refuse is refused here.
 */
export class BodyWriter {
  readonly #bytes = new MessagePackBytes();
  #acceptsBigInts = false;

  /**
   * @returns the body; its bytes are the writer's own and valid until the next call.
   * @throws on functions, symbols, objects of a class (a Date, a Map), forbidden keys, cycles (as excess depth), and
   * bigints that don't fit or aren't accepted
   */
  write(value: unknown, acceptsBigInts: boolean): Uint8Array {
    this.#bytes.begin();
    this.#acceptsBigInts = acceptsBigInts;
    this.#value(value, 0);
    return this.last;
  }

  /**
   * Writes the list of `items` and `tail` up to where the bytes of `tail` begin: they follow as they are.
   * @returns and throws as {@link write} does
   */
  writeBefore(items: readonly unknown[], tail: Uint8Array): Uint8Array {
    this.#bytes.begin();
    this.#acceptsBigInts = false;
    this.#bytes.head(items.length + 1, 0x90, 15, 0xdc);
    for (const item of items) this.#value(item, 1);
    this.#bytes.binaryHead(tail.length);
    return this.last;
  }

  /**
   * Writes the body into `bytes` from `at` on.
   * @returns where it ends, or -1 when it doesn't fit: then it was written elsewhere and is {@link last}.
   * @throws as {@link write} does; `bytes` then hold a part of the body
   */
  writeInto(bytes: Buffer, at: number, value: unknown, acceptsBigInts: boolean): number {
    this.#bytes.begin(bytes, at);
    this.#acceptsBigInts = acceptsBigInts;
    this.#value(value, 0);
    return this.#bytes.endIn(bytes);
  }

  /** Writes one event's message, byte for byte as {@link writeInto} writes the list of its parts. */
  writeEvent(bytes: Buffer, at: number, event: AnyEvent, { type, keys, hasBitSets }: EventLayout): number {
    const out = this.#bytes;
    out.begin(bytes, at);
    this.#acceptsBigInts = hasBitSets;
    out.tagged8(0x96, MESSAGE_KIND.event);
    out.number(event.seq);
    out.number(event.timestamp_ms);
    out.known(type);
    this.#map(event.payload as Readonly<Record<string, unknown>>, 1, keys);
    out.text(event.source);
    return out.endIn(bytes);
  }

  /** The body that was written last, valid until the next call. */
  get last(): Uint8Array {
    return this.#bytes.body;
  }

  #value(value: unknown, depth: number): void {
    // A comparison each: a switch over `typeof` makes the name of the type first.
    if (typeof value === "string") this.#bytes.text(value);
    else if (typeof value === "number") this.#bytes.number(value);
    else if (typeof value === "boolean") this.#bytes.byte(value ? 0xc3 : 0xc2);
    else if (typeof value === "object") this.#object(value, depth);
    else if (value === undefined) this.#bytes.byte(0xc0);
    else if (typeof value !== "bigint") throw new TypeError(`a ${typeof value} can't be sent`);
    else if (!this.#acceptsBigInts) throw new TypeError("a bigint that is no bit set can't be sent");
    else this.#bytes.bitSet(value);
  }

  #object(value: object | null, depth: number, keys = NO_TEXTS): void {
    if (value === null) return this.#bytes.byte(0xc0);
    if (depth >= MAX_DEPTH) throw new RangeError(`value is nested deeper than ${MAX_DEPTH}`);
    if (Array.isArray(value)) {
      this.#bytes.head(value.length, 0x90, 15, 0xdc);
      for (const item of value) this.#value(item, depth + 1);
    } else if (ArrayBuffer.isView(value)) this.#bytes.binary(value);
    else this.#map(value as Readonly<Record<string, unknown>>, depth, keys);
  }

  #map(map: Readonly<Record<string, unknown>>, depth: number, known: readonly KnownText[]): void {
    const prototype: unknown = Object.getPrototypeOf(map);
    if (prototype !== Object.prototype && prototype !== null)
      throw new TypeError("an object of a class can't be sent");
    // A short map's head is one byte, written when the count is known; a long map's fields are counted first.
    if (known.length === 0 || known.length > MAX_SHORT_MAP_KEYS) {
      let count = 0;
      for (const key in map) if (map[key] !== undefined) count++;
      this.#bytes.head(count, 0x80, MAX_SHORT_MAP_KEYS, 0xde);
      this.#entries(map, depth, known);
      return;
    }
    const head = this.#bytes.leaveByte();
    const count = this.#entries(map, depth, known);
    if (count > MAX_SHORT_MAP_KEYS) {
      this.#bytes.takeBack(head);
      this.#map(map, depth, NO_TEXTS);
    } else this.#bytes.fillByte(head, 0x80 | count);
  }

  /** Writes the fields that are not undefined and answers how many those are. */
  #entries(map: Readonly<Record<string, unknown>>, depth: number, known: readonly KnownText[]): number {
    let count = 0;
    let place = 0;
    // A plain object inherits nothing that could be listed, and this allocates no list of keys.
    for (const key in map) {
      const knownKey = known[place++];
      const value = map[key];
      if (value === undefined) continue;
      if (knownKey !== undefined && knownKey.text === key) this.#bytes.known(knownKey);
      else this.#key(key);
      this.#value(value, depth + 1);
      count++;
    }
    return count;
  }

  #key(key: string): void {
    if ((key.length === 9 || key.length === 11) && FORBIDDEN_KEYS.has(key))
      throw new TypeError(`a key may not be ${key}`);
    this.#bytes.text(key);
  }
}
