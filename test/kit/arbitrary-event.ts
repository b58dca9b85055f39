import fc from "fast-check";
import {
  type AnyEvent,
  type EventPayload,
  type EventSource,
  type EventType,
  eventDefinition,
  eventTypes,
  type FieldDefinition,
} from "../../src/events/index.js";

/** Well-formed Unicode text, with characters of one to four bytes in UTF-8. */
const unicodeText = fc.string({ unit: "binary", maxLength: 40 });

/**
 * Any payload that the catalogue allows for a type, optional fields present or absent.
 * No -0 in f64 fields: it equals 0, and MessagePack may write it as 0.
 */
export function arbitraryPayload<Type extends EventType>(type: Type): fc.Arbitrary<EventPayload<Type>> {
  const { fields } = eventDefinition(type);
  const model = Object.fromEntries(fields.map((field) => [field.name, arbitraryValue(field)]));
  const requiredKeys = fields.filter(({ optional }) => !optional).map(({ name }) => name);
  return fc.record(model, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<unknown> as fc.Arbitrary<
    EventPayload<Type>
  >;
}

/** Any envelope of a type, or of any type at all. */
export function arbitraryEvent(type?: EventType): fc.Arbitrary<AnyEvent> {
  const types = type === undefined ? fc.constantFrom(...eventTypes) : fc.constant(type);
  return types.chain((chosen) =>
    fc.record(
      {
        seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        type: fc.constant(chosen),
        payload: arbitraryPayload(chosen),
        timestamp_ms: fc.integer({ min: 0, max: 8_640_000_000_000_000 }),
        source: arbitrarySource,
      },
      { noNullPrototype: true },
    ),
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<AnyEvent>;
}

const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
const arbitrarySource: fc.Arbitrary<EventSource> = fc.oneof(
  fc.constant("node" as const),
  name.map((module) => `module:${module}` as const),
  name.map((stream) => `stream:${stream}` as const),
);

function arbitraryValue(field: FieldDefinition): fc.Arbitrary<unknown> {
  switch (field.type) {
    case "hash32":
      return fc.stringMatching(/^[0-9a-f]{64}$/);
    case "bytes":
      return fc.uint8Array({ maxLength: 64 });
    case "string":
      return arbitraryText(field);
    case "bool":
      return fc.boolean();
    case "u8":
      return fc.integer({ min: 0, max: 0xff });
    case "u32":
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case "u64":
      return field.bitSet
        ? fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
        : fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    case "usize":
      return fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    case "f64":
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
    case "list<string>":
      return fc.array(arbitraryText(field), { maxLength: 5 });
  }
  return field.type satisfies never;
}

function arbitraryText({ allowed, open }: FieldDefinition): fc.Arbitrary<string> {
  if (allowed === undefined) return unicodeText;
  return open ? fc.oneof(fc.constantFrom(...allowed), unicodeText) : fc.constantFrom(...allowed);
}
