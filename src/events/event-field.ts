import { z } from "zod";

/** Names of field types as the wire contract spells them. */
export type FieldType =
  | "hash32"
  | "bytes"
  | "string"
  | "bool"
  | "u8"
  | "u32"
  | "u64"
  | "usize"
  | "f64"
  | "list<string>";

/** What a reader of the catalogue may know about one field, free of schema machinery. */
export interface FieldDescription {
  readonly type: FieldType;
  readonly optional: boolean;
  readonly description: string;
  /** What one unit of the number is: `ms`, `bytes`, `sat/vB`. Absent where the value counts nothing. */
  readonly unit?: string;
  /** Values that are accepted; with `open`, values that are merely known. */
  readonly allowed?: readonly string[];
  /** True when any other string is accepted beside `allowed`. */
  readonly open?: boolean;
  /** True for a u64 whose bits are flags: a bigint in TypeScript, a decimal string in JSON. */
  readonly bitSet?: boolean;
  /** A realistic value, the same at every run. */
  readonly example: unknown;
}

/**
 * One field of an event: its description and how to build the zod schema that accepts its value.
 * Built on first use, because the schemas of all fields take longer than everything else at import.
 */
export interface EventField<Schema extends z.ZodType = z.ZodType> extends FieldDescription {
  readonly buildSchema: () => Schema;
}

interface NumberOptions {
  readonly unit?: string;
  readonly description: string;
  readonly example?: number;
}

interface TextOptions {
  readonly example?: string;
}

const GENESIS_BLOCK_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
const MAX_BIT_SET = 2n ** 64n - 1n;

/** Text that holds half of a surrogate pair. It has no UTF-8 form, so MessagePack could not carry it to a module. */
export const LONE_SURROGATE = /\p{Surrogate}/u;
const unicodeText = () => z.string().refine((value) => !LONE_SURROGATE.test(value));

function field<Schema extends z.ZodType>(
  build: () => Schema,
  about: Omit<FieldDescription, "optional">,
  json: Readonly<Record<string, unknown>> = {},
): EventField<Schema> {
  const { description, unit } = about;
  const metadata = { description, ...(unit === undefined ? {} : { unit }), ...json };
  return { ...about, optional: false, buildSchema: () => build().meta(metadata) };
}

/** 64 lower-case hex characters, in the display order of block explorers and RPC. */
export function hash32(description: string, { example = GENESIS_BLOCK_HASH }: TextOptions = {}) {
  return field(() => z.string().regex(/^[0-9a-f]{64}$/), { type: "hash32", description, example });
}

/** Raw data as Uint8Array; hex in JSON. */
export function bytes(description: string, { example = "f9beb4d9" }: TextOptions = {}) {
  const about = {
    type: "bytes",
    description,
    example: Uint8Array.from(Buffer.from(example, "hex")),
  } as const;
  return field(() => z.custom<Uint8Array>((value) => value instanceof Uint8Array), about, {
    type: "string",
    pattern: "^([0-9a-f]{2})*$",
  });
}

/** Any Unicode text. */
export function text(description: string, { example = "text" }: TextOptions = {}) {
  return field(unicodeText, { type: "string", description, example });
}

/** One of a closed set of words; every other word is refused. */
export function word<const Words extends readonly [string, ...string[]]>(
  allowed: Words,
  description: string,
) {
  return field(() => z.enum(allowed), { type: "string", description, allowed, example: allowed[0] });
}

/** Text with well-known values; every other text is accepted too. */
export function openWord(known: readonly [string, ...string[]], description: string) {
  const about = { type: "string", description, allowed: known, open: true, example: known[0] } as const;
  return field(unicodeText, about, { examples: known });
}

/** A list of texts; `known` names values that readers should expect among others. */
export function textList(
  description: string,
  { example, known }: { readonly example: readonly string[]; readonly known?: readonly string[] },
) {
  const words = known === undefined ? {} : { allowed: known, open: true };
  return field(() => z.array(unicodeText()), { type: "list<string>", description, ...words, example });
}

export function bool(description: string, { example = true }: { readonly example?: boolean } = {}) {
  return field(() => z.boolean(), { type: "bool", description, example });
}

function integer(type: FieldType, max: number, { description, unit, example = 1 }: NumberOptions) {
  // -0 would come back as 0 from MessagePack, and no count is negative.
  const build = () =>
    z
      .int()
      .min(0)
      .max(max)
      .refine((value) => !Object.is(value, -0));
  return field(build, { type, description, example, ...(unit === undefined ? {} : { unit }) });
}

export function u8(options: NumberOptions) {
  return integer("u8", 2 ** 8 - 1, options);
}

export function u32(options: NumberOptions) {
  return integer("u32", 2 ** 32 - 1, options);
}

/** A 64-bit quantity, kept to safe integers: 0 to 2^53 - 1. */
export function u64(options: NumberOptions) {
  return integer("u64", Number.MAX_SAFE_INTEGER, options);
}

/** A count in memory, 64 bits on the wire, kept to safe integers: 0 to 2^53 - 1. */
export function usize(options: NumberOptions) {
  return integer("usize", Number.MAX_SAFE_INTEGER, options);
}

/** 64 flag bits as a bigint, 0 to 2^64 - 1; a decimal string in JSON. */
export function bitSet64(description: string, { example = 0n }: { readonly example?: bigint } = {}) {
  const about = { type: "u64", description, bitSet: true, example } as const;
  return field(() => z.bigint().min(0n).max(MAX_BIT_SET), about, {
    type: "string",
    pattern: "^(0|[1-9][0-9]{0,19})$",
  });
}

/** Any finite number; NaN and the infinities are refused. */
export function f64({ description, unit, example = 1 }: NumberOptions) {
  return field(() => z.number(), {
    type: "f64",
    description,
    example,
    ...(unit === undefined ? {} : { unit }),
  });
}

/** The same field, which writers may leave out. Readers take nil for absent. */
export function optional<Schema extends z.ZodType>(
  required: EventField<Schema>,
): EventField<z.ZodExactOptional<Schema>> {
  return { ...required, optional: true, buildSchema: () => required.buildSchema().exactOptional() };
}
