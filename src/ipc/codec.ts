import type { AnyEvent } from "../events/index.js";
import { BodyReader } from "./body-reader.js";
import { type BodyLimits, BodyScanner } from "./body-scanner.js";
import { BodyWriter } from "./body-writer.js";

/** Writes an event's message as {@link Codec.encodeInto} writes a value. */
export type EventWriter = (bytes: Buffer, at: number, event: AnyEvent) => number | Uint8Array;

/** How bodies are written and read. Another wire format is another implementation of this. */
export interface Codec {
  /**
   * Encodes one value. The bytes are the codec's own and are valid until its next call.
   * `hasBitSets`: bigints in the value are bit sets; without it a bigint is refused.
   * @throws on what the format can't carry (cycles, functions, bigints that are no bit set)
   */
  encode(value: unknown, hasBitSets?: boolean): Uint8Array;
  /**
   * The same into `bytes` from `at` on.
   * @returns where the value ends, or, when it doesn't fit, its bytes as {@link encode} gives them
   */
  encodeInto(bytes: Buffer, at: number, value: unknown, hasBitSets?: boolean): number | Uint8Array;
  /**
   * Encodes the list of `items` and `tail` but for the bytes of `tail`, which end the body as they are: so large data
   * needs no copy.
   */
  encodeBefore(items: readonly unknown[], tail: Uint8Array): Uint8Array;
  /** Makes the writer for the events of one type; `keys` are those of its payload. What all of them share is encoded once. */
  eventWriter(type: string, keys: readonly string[], hasBitSets: boolean): EventWriter;
  /**
   * Decodes the body `bytes[start..end)`, all of them by default. With `isGiven` the bytes are the value's from now on:
   * large data of it may be a view of them.
   * @throws LIMIT, DECODE_ERROR
   */
  decode(bytes: Uint8Array, start?: number, end?: number, isGiven?: boolean): unknown;
}

/**
 * MessagePack. Integers travel as integers, also above 2^32; undefined fields are left out.
 * Decoding scans first; integers beyond 2^53 arrive as bigint, all others as number.
 */
export function createMessagePackCodec(limits: BodyLimits): Codec {
  const scanner = new BodyScanner(limits);
  const reader = new BodyReader();
  const writer = new BodyWriter();
  return {
    encode: (value, hasBitSets = false) => writer.write(value, hasBitSets),
    encodeInto(bytes, at, value, hasBitSets = false) {
      const end = writer.writeInto(bytes, at, value, hasBitSets);
      return end < 0 ? writer.last : end;
    },
    encodeBefore: (items, tail) => writer.writeBefore(items, tail),
    eventWriter(type, keys, hasBitSets) {
      const known = (text: string) => ({ text, bytes: Uint8Array.from(writer.write(text, false)) });
      const layout = { type: known(type), keys: keys.map(known), hasBitSets };
      return (bytes, at, event) => {
        const end = writer.writeEvent(bytes, at, event, layout);
        return end < 0 ? writer.last : end;
      };
    },
    decode(bytes, start = 0, end = bytes.length, isGiven = false) {
      scanner.scan(bytes, start, end);
      return reader.read(bytes, start, scanner.hasOnlyAscii, isGiven);
    },
  };
}
