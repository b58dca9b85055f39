import { z } from "zod";

/** What the reference page tells of a field beside its name. */
interface FieldMeta {
  readonly wire: string;
  readonly unit?: string;
}

const UNPAIRED = /\p{Surrogate}/u;

function meta<Schema extends z.ZodType>(schema: Schema, wire: string, about: string, unit?: string): Schema {
  const told: FieldMeta = unit === undefined ? { wire } : { wire, unit };
  return schema.meta({ description: about, ...told });
}

/** 64 lower-case hex characters in display order. */
export function hash32(about: string) {
  const error = "allowed are 64 lower-case hex characters in display order";
  return meta(z.string({ error }).regex(/^[0-9a-f]{64}$/, { error }), "hash32", about);
}

/** Raw data, at most `maxBytes`. */
export function bytes(about: string, maxBytes = Number.POSITIVE_INFINITY) {
  const limit = Number.isFinite(maxBytes) ? `at most ${maxBytes} bytes` : "bytes";
  const schema = z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length <= maxBytes, {
    error: `allowed are ${limit} as MessagePack bin`,
  });
  return meta(schema, "bytes", about);
}

/** Unicode text of at most `maxChars` UTF-16 units. NUL is refused unless `mayHoldNul`. */
export function text(about: string, maxChars: number, { mayHoldNul = false } = {}) {
  const error = `allowed is a text of at most ${maxChars} characters${mayHoldNul ? "" : " without NUL"}`;
  const schema = z
    .string({ error })
    .max(maxChars, { error })
    .refine((value) => (mayHoldNul || !value.includes("\0")) && !UNPAIRED.test(value), { error });
  return meta(schema, "string", about);
}

/** A text that is read where it is of use and else ignored: nothing in it makes a request wrong. */
export function hint(about: string) {
  return meta(
    z.unknown().transform((value) => (typeof value === "string" ? value : undefined)),
    "string",
    about,
  );
}

/** One of a closed set of words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words, about: string) {
  return meta(z.enum(words, { error: `allowed are ${words.join(", ")}` }), "string", about);
}

export function bool(about: string) {
  return meta(z.boolean({ error: "allowed are true and false" }), "bool", about);
}

interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
}

function integer(wire: string, about: string, min: number, max: number, unit: string | undefined) {
  const error = `allowed is an integer from ${min} to ${max}${unit === undefined ? "" : ` (${unit})`}`;
  const schema = z
    .int({ error })
    .min(min, { error })
    .max(max, { error })
    .refine((value) => !Object.is(value, -0), { error, params: { isRange: true } });
  return meta(schema, wire, about, unit);
}

export function u32(about: string, { min = 0, max = 2 ** 32 - 1, unit }: Range = {}) {
  return integer("u32", about, min, max, unit);
}

/** A 64-bit quantity, kept to safe integers. */
export function u64(about: string, { min = 0, max = Number.MAX_SAFE_INTEGER, unit }: Range = {}) {
  return integer("u64", about, min, max, unit);
}

/** A signed 64-bit quantity, kept to safe integers. */
export function i64(about: string, unit?: string) {
  return integer("i64", about, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, unit);
}

/** Any finite number. */
export function f64(about: string, unit?: string) {
  return meta(z.number({ error: "allowed is a finite number" }), "f64", about, unit);
}

/** 64 flag bits: a bigint in TypeScript. */
export function bitSet64(about: string) {
  const schema = z
    .union([z.bigint(), z.int()])
    .transform((bits) => BigInt(bits))
    .pipe(
      z
        .bigint()
        .min(0n)
        .max(2n ** 64n - 1n),
    );
  return meta(schema, "u64 (bit set)", about);
}

/** At most `max` items. */
export function list<Item extends z.ZodType>(item: Item, max = Number.POSITIVE_INFINITY, about?: string) {
  const error = Number.isFinite(max) ? `allowed is a list of at most ${max} items` : "allowed is a list";
  const schema = Number.isFinite(max)
    ? z.array(item, { error }).max(max, { error })
    : z.array(item, { error });
  return meta(schema, "list", about ?? "");
}

/** A field that may be left out, and an answer that may be nothing: nil reads as absent. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullish()
    .transform((value) => (value ?? undefined) as z.output<Schema> | undefined)
    .meta({ ...schema.meta(), optional: true });
}

/** The answer of a request that only does something. */
export function unit() {
  return z
    .null()
    .optional()
    .transform(() => undefined)
    .meta({ wire: "unit", description: "nothing" });
}
