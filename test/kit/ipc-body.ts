import { concat, hex, pack } from "./ipc-bytes.js";

/** An array's bytes around the bytes of its elements; at most 15. */
export function listOf(...elements: readonly Uint8Array[]): Uint8Array {
  return concat(Uint8Array.of(0x90 | elements.length), ...elements);
}

/** A map's bytes around the bytes of its values; at most 15 entries, whose keys may repeat. */
export function mapOf(...entries: readonly (readonly [key: string, value: Uint8Array])[]): Uint8Array {
  return concat(
    Uint8Array.of(0x80 | entries.length),
    ...entries.flatMap(([key, value]) => [pack(key), value]),
  );
}

/** The body of a request whose payload is given as bytes. */
export function requestBody(id: number, type: string, payload: Uint8Array): Uint8Array {
  return listOf(pack(0), pack(id), pack(type), payload);
}

/** The body of a PublishEvent in which one field's value is given as bytes. */
export function publishBody(
  id: number,
  type: string,
  payload: Readonly<Record<string, unknown>>,
  field: string,
  value: Uint8Array,
): Uint8Array {
  const others = Object.entries(payload).filter(([name]) => name !== field);
  const entries = others.map(([name, other]) => [name, pack(other)] as const);
  const fields = mapOf(...entries, [field, value]);
  return requestBody(id, "PublishEvent", mapOf(["event_type", pack(type)], ["payload", fields]));
}

/** Numbers that no integer field takes, as a hostile writer would put them on the wire. */
export const NO_INTEGERS: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  { name: "2^53", bytes: hex("cf 0020000000000000") },
  { name: "2^64 - 1", bytes: hex("cf ffffffffffffffff") },
  { name: "-1", bytes: hex("ff") },
  { name: "-2^63", bytes: hex("d3 8000000000000000") },
  { name: "1.5", bytes: hex("cb 3ff8000000000000") },
  { name: "-0", bytes: hex("cb 8000000000000000") },
  { name: "NaN", bytes: hex("cb 7ff8000000000000") },
  { name: "Infinity", bytes: hex("cb 7ff0000000000000") },
  { name: "-Infinity", bytes: hex("ca ff800000") },
];
