import { Decoder, Encoder } from "@msgpack/msgpack";
import { errorMessage } from "../errors.js";
import { type BodyLimits, BodyScanner } from "./body-scanner.js";
import { ipcErrors } from "./errors.js";

/** How bodies are written and read. Another wire format is another implementation of this. */
export interface Codec {
  /**
   * Encodes one value. The bytes are the codec's own and are valid until its next call.
   * `hasBitSets`: bigints in the value are bit sets; without it a bigint is refused.
   * @throws on what the format can't carry (cycles, functions, bigints that are no bit set)
   */
  encode(value: unknown, hasBitSets?: boolean): Uint8Array;
  /** @throws LIMIT, DECODE_ERROR */
  decode(body: Uint8Array): unknown;
}

const MAX_ENCODE_DEPTH = 40;
/** The encoder keeps its buffer; after a larger body it is made anew. */
const KEEP_BUFFER_BYTES = 1024 * 1024;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;

/**
 * MessagePack. Integers travel as integers, also above 2^32; undefined fields are left out.
 * Decoding scans first; integers beyond 2^53 arrive as bigint, all others as number.
 */
export function createMessagePackCodec(limits: BodyLimits): Codec {
  const scanner = new BodyScanner(limits);
  const decoder = new Decoder();
  const wideDecoder = new Decoder({ useBigInt64: true });
  let encoder = newEncoder(false);

  return {
    encode(value, hasBitSets = false) {
      // With useBigInt64 the library writes numbers above 2^32 as floats, so those become bigints first.
      if (hasBitSets) return newEncoder(true).encodeSharedRef(widened(value, 0));
      const bytes = encoder.encodeSharedRef(value);
      if (bytes.length > KEEP_BUFFER_BYTES) encoder = newEncoder(false);
      return bytes;
    },
    decode(body) {
      const hasWideIntegers = scanner.scan(body);
      try {
        return hasWideIntegers ? narrowed(wideDecoder.decode(body)) : decoder.decode(body);
      } catch (cause) {
        throw ipcErrors.DECODE_ERROR({ found: errorMessage(cause) }, { cause });
      }
    },
  };
}

function newEncoder(useBigInt64: boolean): Encoder {
  return new Encoder({ useBigInt64, ignoreUndefined: true, maxDepth: MAX_ENCODE_DEPTH });
}

/** Numbers that need 64 bits become bigints; bigints must fit an unsigned 64-bit integer. */
function widened(value: unknown, depth: number): unknown {
  if (typeof value === "number")
    return Number.isSafeInteger(value) && Math.abs(value) > 0xffff_ffff ? BigInt(value) : value;
  if (typeof value === "bigint") {
    if (value < 0n || value > MAX_UINT64) throw new RangeError(`bit set ${value} does not fit 64 bits`);
    return value;
  }
  if (depth > MAX_ENCODE_DEPTH) throw new RangeError("value is nested too deep");
  return mapped(value, (inner) => widened(inner, depth + 1));
}

/** Bigints that a number can carry become numbers. */
function narrowed(value: unknown): unknown {
  if (typeof value === "bigint") {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : value;
  }
  return mapped(value, narrowed);
}

function mapped(value: unknown, convert: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, convert(inner)]));
}
