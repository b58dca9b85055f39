import { Encoder } from "@msgpack/msgpack";

/** MessagePack bytes of a value, written by the library itself, not by the engine's codec. */
export function pack(value: unknown): Uint8Array {
  return new Encoder({ ignoreUndefined: true, maxDepth: 200 }).encode(value);
}

/** Bytes from hexadecimal text, in which blanks count for nothing. */
export function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex");
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** A frame's length prefix, true or not. */
export function header(bodyBytes: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(bodyBytes);
  return bytes;
}

/** One frame: length prefix and body. */
export function frame(body: Uint8Array): Uint8Array {
  return concat(header(body.length), body);
}

/** `depth` arrays of one element within one another, around a nil. */
export function nestedArrays(depth: number): Uint8Array {
  return concat(Buffer.alloc(depth, 0x91), hex("c0"));
}
